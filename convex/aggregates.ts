/**
 * Public queries over the cubes, in Cube's query JSON. `load` carries everything; `rows` only what
 * changes with the data; `freshness` is its own tiny query; `explain` says why; `health` is for people, and `meta`
 * says what there is to ask for.
 */
import { rollups } from "./rollups.js";

export const { load, rows, board, explain, freshness, health, meta } = rollups.functions();
