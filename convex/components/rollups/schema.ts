import { defineSchema } from "convex/server";
import { rollupTables } from "./schema/tables.js";

export default defineSchema(rollupTables);
