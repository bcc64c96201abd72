/**
 * How facts were read: by the running code, and by whatever code wrote a log row. Both are compared
 * with what a generation was built from, so that facts of another version are never counted as its
 * own.
 */
import { readsAlike } from "../../../../lib/resolve/reading.js";
import type { StoredRollup } from "../../../../lib/model/rollup.js";

/** Readings by cube, of the cubes that a log row's changes belong to. */
export type Readings = Record<string, string>;

/** Answers by a rollup's fields, then by reading: there are as many as there were versions of a cube. */
const memo = new Map<string, Map<string, boolean>>();

/** Whether facts with these readings can be folded into, or compared with, what a rollup or an order statistic holds. */
export function isReadLike(
  { cube, fields }: Pick<StoredRollup, "cube" | "fields">,
  readings: Readings,
): boolean {
  const reading = Object.hasOwn(readings, cube) ? readings[cube] : undefined;
  if (reading === undefined) return false;
  const known = memo.get(fields) ?? new Map<string, boolean>();
  memo.set(fields, known);
  const alike = known.get(reading) ?? readsAlike(fields, reading);
  known.set(reading, alike);
  return alike;
}
