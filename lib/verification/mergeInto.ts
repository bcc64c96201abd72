/** What the cells of a coarser level must be: those of a finer one, merged (law 5). */
import { RollupsError } from "../errors.js";
import { accumulatorKinds, type State } from "../measures/accumulators.js";
import type { StoredRollup } from "../model/rollup.js";
import type { Cell } from "../tiles/tile.js";
import { cellKey } from "../tiles/cellKey.js";
import { bucketStart } from "../time/calendar.js";
import type { Granularity } from "../time/granularity.js";

/**
 * Finer cells merged into the buckets of a coarser level. Throws `CorruptTile`, with the `bucket`
 * of the finer cell that cannot be read. O(cells).
 */
export function mergeInto(
  rollup: StoredRollup,
  granularity: Granularity,
  finer: Iterable<Cell>,
): Map<string, Cell> {
  const { accumulators } = rollup;
  const merged = new Map<string, { place: Omit<Cell, "values">; states: (State | null)[] }>();
  for (const cell of finer) {
    const { dimensions } = cell;
    const bucket = bucketStart(granularity, rollup.timezone, cell.bucket);
    const key = `${bucket}\0${cellKey(dimensions)}`;
    let known = merged.get(key);
    if (known === undefined) {
      known = {
        place: { dimensions, bucket, pending: 0 },
        states: accumulators.map(({ kind }) => accumulatorKinds[kind].empty),
      };
      merged.set(key, known);
    }
    known.place.pending |= cell.pending;
    const { states } = known;
    accumulators.forEach(({ kind }, index) => {
      const { absorb } = accumulatorKinds[kind];
      try {
        states[index] = absorb(states[index] ?? null, cell.values[index] ?? null);
      } catch (error) {
        throw placed(error, cell);
      }
    });
  }
  return new Map(
    [...merged].map(([key, { place, states }]) => [
      key,
      {
        ...place,
        values: accumulators.map(({ kind }, index) =>
          accumulatorKinds[kind].store(states[index] ?? null),
        ),
      },
    ]),
  );
}

/** The bucket that an error is about. Throws the error where it names none. */
export function bucketOfError(error: unknown): number {
  const bucket = error instanceof RollupsError ? error.details.bucket : null;
  if (typeof bucket === "number") return bucket;
  throw error;
}

/** What cannot be read, with its place; other errors as they are. */
function placed(error: unknown, { bucket, dimensions }: Cell): unknown {
  if (!(error instanceof RollupsError) || error.code !== "CorruptTile") return error;
  return new RollupsError(error.code, error.message, { ...error.details, bucket, dimensions });
}
