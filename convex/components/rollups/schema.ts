import { defineSchema } from "convex/server";
import { patternTables } from "./schema/patterns.js";
import { rolloutTables } from "./schema/rollout.js";
import { rollupTables } from "./schema/tables.js";

export default defineSchema({ ...rollupTables, ...rolloutTables, ...patternTables });
