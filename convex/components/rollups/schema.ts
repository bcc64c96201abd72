import { defineSchema } from "convex/server";
import { alertTables } from "./schema/alerts.js";
import { importTables } from "./schema/imports.js";
import { patternTables } from "./schema/patterns.js";
import { rolloutTables } from "./schema/rollout.js";
import { rollupTables } from "./schema/tables.js";

export default defineSchema({
  ...rollupTables,
  ...rolloutTables,
  ...importTables,
  ...patternTables,
  ...alertTables,
});
