/** What people ask of the cubes, by form: pages and Cube's API report it, admins read it. */
import { rollups } from "./rollups.js";

export const { list, clear, report, store } = rollups.patterns();
