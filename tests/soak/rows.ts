/** The rows that writers make up: two months of both cubes, so that writers meet in the same cells. */
import type { StockRow, WatchRow } from "../oracle/cubes.js";
import { stockRows, watchRows } from "../realData/madeUpRows.js";
import type { Dice } from "../realData/random.js";

export const SPAN = { first: "2026-03-02", last: "2026-04-30" };
const DAYS = 60;

export type Cube = "watch" | "inventory";
export type AnyRow = WatchRow | StockRow;

export function madeUp(cube: "watch", random: Dice): WatchRow;
export function madeUp(cube: "inventory", random: Dice): StockRow;
export function madeUp(cube: Cube, random: Dice): AnyRow;
export function madeUp(cube: Cube, random: Dice): AnyRow {
  const rows = cube === "watch" ? watchRows : stockRows;
  return rows(1, SPAN.last, DAYS, random)[0]!;
}

/** One to three fields of another row. */
export function madeUpPatch(cube: Cube, random: Dice): Partial<AnyRow> {
  const fields = random.shuffle(Object.entries(madeUp(cube, random)));
  return Object.fromEntries(fields.slice(0, 1 + random.below(3))) as Partial<AnyRow>;
}
