/**
 * Taking a rollup's history from the tiles of another one: where records have expired there is nothing
 * else to take it from. Exact, because a cell of fewer dimensions or a longer bucket is the merge of the
 * cells that it is made of.
 */
import { accumulatorKinds } from "../measures/accumulators.js";
import { cellKey } from "../tiles/cellKey.js";
import { storedFrom, type Coverage } from "../tiles/coverage.js";
import type { Cell } from "../tiles/tile.js";
import { bucketCeiling, bucketStart, divides } from "../time/calendar.js";
import { canonicalJson } from "../hash/canonical.js";
import type { Level, RollupDimension, StoredRollup } from "../model/rollup.js";

/** A rollup and what of time its levels have tiles of. */
export interface CoveredRollup {
  definition: StoredRollup;
  coverage: Coverage;
}

/** A stretch of history and the level that tells it, in whole buckets; `from` may be -Infinity. */
export interface ToldStretch {
  level: Level;
  from: number;
  to: number;
}

/**
 * Up to when the history of `wanted` can be taken from `stored`: the first end of one of its buckets at
 * or after `sourceFrom`, epoch ms. Null where some cell of it is no merge of cells that are stored.
 * Fields must be read alike by both.
 */
export function derivableBefore(
  wanted: CoveredRollup,
  stored: CoveredRollup,
  sourceFrom: number,
): number | null {
  if (!holdsMembers(wanted.definition, stored.definition)) return null;
  const { levels, timezone } = stored.definition;
  for (const { granularity } of levels) {
    const before = bucketCeiling(granularity, timezone, sourceFrom);
    const told = toldStretches(stored, before);
    if (told?.every((stretch) => isEnough(wanted, stretch)) === true) return before;
  }
  return null;
}

/**
 * Which level tells what of the history before `before`, in order of time: each time the finest one that
 * has tiles there, from one of its boundaries on. Null where a bucket would reach across `before`.
 */
export function toldStretches(
  { definition: { levels, timezone }, coverage }: CoveredRollup,
  before: number,
): ToldStretch[] | null {
  const isBoundary = ({ granularity }: Level, t: number) =>
    t === -Infinity || bucketStart(granularity, timezone, t) === t;
  const told: ToldStretch[] = [];
  let from = -Infinity;
  while (from < before) {
    const level = levels.find((one) => storedFrom(coverage, one) <= from && isBoundary(one, from));
    if (level === undefined) return null;
    const starts = levels.map((one) => storedFrom(coverage, one)).filter((start) => start > from);
    const ends = starts.map((start) => bucketCeiling(level.granularity, timezone, start));
    const to = Math.min(before, ...ends);
    told.push({ level, from, to });
    from = to;
  }
  const last = told.at(-1);
  return last === undefined || isBoundary(last.level, before) ? told : null;
}

/** Whether what `wanted` stores of the stretch is made of whole buckets of the level that tells it. */
export function isEnough(
  { definition, coverage }: CoveredRollup,
  { level, to }: ToldStretch,
): boolean {
  return definition.levels.every(
    (one) => storedFrom(coverage, one) >= to || divides(level.granularity, one.granularity),
  );
}

/**
 * Whether cells of `wanted` are merges of cells of `stored`: the same zone and time, dimensions and
 * statistics that are all there, and no multi-valued dimension that falls away, as a record would count
 * once for each of its values.
 */
function holdsMembers(wanted: StoredRollup, stored: StoredRollup): boolean {
  return (
    wanted.cube === stored.cube &&
    wanted.timezone === stored.timezone &&
    wanted.timeField === stored.timeField &&
    wanted.dimensions.every((dimension) => indexIn(stored, dimension) >= 0) &&
    stored.dimensions.every(
      (dimension) => dimension.type !== "strings" || indexIn(wanted, dimension) >= 0,
    ) &&
    accumulatorIndexes(wanted, stored).every((index) => index >= 0)
  );
}

/**
 * What cells of `stored` are in one level of `wanted`, whose buckets are made of theirs. A cell is
 * pending where one that it is made of is. O(cells).
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
