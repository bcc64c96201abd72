/**
 * Taking a rollup's history from the tiles of another one: where records have expired there is nothing
 * else to take it from. Exact, because a cell of fewer dimensions or a longer bucket is the merge of the
 * cells that it is made of.
 */
import { accumulatorKinds } from "../measures/accumulators";
import { cellKey } from "../tiles/cellKey";
import type { Cell } from "../tiles/tile";
import { bucketStart, divides } from "../time/calendar";
import { canonicalJson } from "./canonical";
import type { Level, RollupDimension, StoredRollup } from "./rollup";

/**
 * Whether every cell of `wanted` is a merge of cells of the finest level of `stored`: the same zone and
 * time, dimensions and statistics that are all there, and no multi-valued dimension that falls away, as
 * a record would count once for each of its values. Fields must be read alike by both.
 */
export function isDerivable(wanted: StoredRollup, stored: StoredRollup): boolean {
  const [finest] = stored.levels;
  return (
    finest !== undefined &&
    wanted.cube === stored.cube &&
    wanted.timezone === stored.timezone &&
    wanted.timeField === stored.timeField &&
    wanted.levels.every(({ granularity }) => divides(finest.granularity, granularity)) &&
    wanted.dimensions.every((dimension) => indexIn(stored, dimension) >= 0) &&
    stored.dimensions.every(
      (dimension) => dimension.type !== "strings" || indexIn(wanted, dimension) >= 0,
    ) &&
    accumulatorIndexes(wanted, stored).every((index) => index >= 0)
  );
}

/**
 * What cells of `stored` are in one level of `wanted`, which is derivable from it. A cell is pending
 * where one that it is made of is. O(cells).
 */
export function derivedCells(
  wanted: StoredRollup,
  { granularity }: Level,
  stored: StoredRollup,
  cells: readonly Cell[],
): Cell[] {
  const dimensions = wanted.dimensions.map((dimension) => indexIn(stored, dimension));
  const accumulators = accumulatorIndexes(wanted, stored);
  const parts = new Map<string, { place: Pick<Cell, "dimensions" | "bucket">; of: Cell[] }>();
  for (const cell of cells) {
    const place = {
      dimensions: dimensions.map((index) => cell.dimensions[index] ?? null),
      bucket: bucketStart(granularity, wanted.timezone, cell.bucket),
    };
    const key = `${place.bucket}\0${cellKey(place.dimensions)}`;
    const known = parts.get(key);
    if (known === undefined) parts.set(key, { place, of: [cell] });
    else known.of.push(cell);
  }
  return [...parts.values()].map(({ place, of }) => ({
    ...place,
    values: wanted.accumulators.map(({ kind }, i) => {
      const { empty, absorb, store } = accumulatorKinds[kind];
      let state = empty;
      for (const { values } of of) state = absorb(state, values[accumulators[i] ?? 0] ?? null);
      return store(state);
    }),
    pending: accumulators.reduce(
      (bits, from, to) =>
        bits | (of.some(({ pending }) => (pending & (1 << from)) !== 0) ? 1 << to : 0),
      0,
    ),
  }));
}

/** Index of the stored dimension with the same values, or -1; names do not matter. */
function indexIn(rollup: StoredRollup, { type, field }: RollupDimension): number {
  return rollup.dimensions.findIndex((one) => one.type === type && one.field === field);
}

/** Index of each wanted statistic among the stored ones, or -1; names of columns do not matter. */
function accumulatorIndexes(wanted: StoredRollup, stored: StoredRollup): number[] {
  const meaning = ({ kind, field, filters }: StoredRollup["accumulators"][number]) =>
    canonicalJson({ kind, field, filters });
  const known = stored.accumulators.map(meaning);
  return wanted.accumulators.map((accumulator) => known.indexOf(meaning(accumulator)));
}
