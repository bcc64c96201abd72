/**
 * Extremes that a removal took away, found again for a reader: in the buckets of the next finer level
 * where they are kept, else in the source. The value that is read replaces the lost one.
 */
import { RollupsError } from "../errors.js";
import { dimensionValues } from "../facts/contributions.js";
import { countsIn } from "../facts/countedFacts.js";
import { mergeStored } from "../measures/accumulators.js";
import type { DimensionValue, Fact } from "../model/cube.js";
import { numberOf } from "../model/fact.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { cellKey } from "../tiles/cellKey.js";
import type { Segment } from "../tiles/cover.js";
import { finerCovering, servedFrom, type Coverage } from "../tiles/coverage.js";
import type { Cell } from "../tiles/tile.js";
import type { CellReader } from "./cellReader.js";
import { nextBucket } from "../time/calendar.js";

export interface ExtremeSearch {
  rollup: StoredRollup;
  coverage: Coverage;
  reader: Pick<CellReader, "holds" | "each">;
  /** The source's current facts in [from, to); null where they are not at hand. */
  facts: (from: number, to: number) => readonly Fact[] | null;
  /** Most looks at the source. */
  rereadsMax: number;
  /** Indexes of the extremes that matter. */
  accumulators: readonly number[];
  /** Cells outside are read for other measures only. */
  range: { from: number | null; to: number | null };
}

/** A cell and the level it belongs to. */
export type LeveledCell = Cell & { level: Level };

/** Whether an extreme that matters is not known of a cell. */
export function isLost(
  { pending, bucket }: Cell,
  { accumulators, range: { from, to } }: Pick<ExtremeSearch, "accumulators" | "range">,
): boolean {
  if (pending === 0) return false;
  const isPending = accumulators.some((index) => (pending & (1 << index)) !== 0);
  return isPending && (from === null || bucket >= from) && (to === null || bucket < to);
}

/**
 * The same cells, none of which is pending in an extreme that matters. Throws `ExtremePending` where
 * that would take more than the search allows, or what is not at hand.
 */
export function resolveExtremes(
  cells: readonly LeveledCell[],
  search: ExtremeSearch,
): LeveledCell[] {
  const lost = cells.filter((cell) => isLost(cell, search));
  if (lost.length === 0) return [...cells];
  const found = new Map<LeveledCell, LeveledCell>();
  for (const level of search.rollup.levels) {
    const here = lost.filter((cell) => cell.level.granularity === level.granularity);
    if (here.length === 0) continue;
    for (const [finer, cells] of byFiner(here, level, search)) {
      const parts =
        finer === null
          ? partsFromFacts(cells, level, search)
          : partsFromFiner(cells, level, finer, search);
      for (const cell of cells) found.set(cell, replaceExtremes(cell, parts, search));
    }
  }
  return cells.map((cell) => found.get(cell) ?? cell);
}

/** The cells of one level, by the level that their buckets can be put together from. */
function byFiner(
  cells: readonly LeveledCell[],
  level: Level,
  { rollup, coverage }: ExtremeSearch,
): Map<Level | null, LeveledCell[]> {
  const groups = new Map<Level | null, LeveledCell[]>();
  for (const cell of cells) {
    const finer = finerCovering(rollup, coverage, level, cell.bucket, servedFrom);
    const group = groups.get(finer);
    if (group === undefined) groups.set(finer, [cell]);
    else group.push(cell);
  }
  return groups;
}

/** Partial extremes of the lost cells, by cell. */
type Parts = Map<string, (Cell["values"][number] | null)[]>;

function partsFromFiner(
  lost: readonly LeveledCell[],
  level: Level,
  finer: Level,
  search: ExtremeSearch,
): Parts {
  const spans = bucketsOf(lost, level, search.rollup);
  const wanted = new Set(lost.map(placeOf));
  const segments = spans.map(([from, to]): Segment => ({ kind: "tiles", level: finer, from, to }));
  if (!search.reader.holds(segments)) throw pending(search.rollup);
  const spanOf = new Map<LeveledCell, number>();
  const inside: LeveledCell[] = [];
  search.reader.each(segments, (found, level) => {
    const span = spans.find(([from, to]) => found.bucket >= from && found.bucket < to);
    if (span === undefined || !wanted.has(place(span[0], found.dimensions))) return;
    const cell = { ...found, level };
    spanOf.set(cell, span[0]);
    inside.push(cell);
  });
  const parts: Parts = new Map();
  const resolved = resolveExtremes(inside, search);
  resolved.forEach((cell, i) => {
    const bucket = spanOf.get(inside[i] as LeveledCell) as number;
    addPart(parts, place(bucket, cell.dimensions), cell.values, search);
  });
  return parts;
}

function partsFromFacts(lost: readonly LeveledCell[], level: Level, search: ExtremeSearch): Parts {
  const { rollup } = search;
  const spans = bucketsOf(lost, level, rollup);
  if (spans.length > search.rereadsMax) throw pending(rollup);
  const parts: Parts = new Map();
  const found = spans.map(([from, to]) => search.facts(from, to));
  spans.forEach(([bucket, end], i) => {
    const records = found[i];
    if (records == null) throw pending(rollup);
    const here = lost.filter((cell) => cell.bucket === bucket);
    for (const fact of records) {
      const t = numberOf(fact, rollup.timeField);
      if (t === null || t < bucket || t >= end) continue;
      const values = rollup.accumulators.map((accumulator) => {
        const { field } = accumulator;
        const isCounted = field !== undefined && countsIn(accumulator, fact, rollup.timezone);
        return isCounted ? numberOf(fact, field) : null;
      });
      for (const cell of here) {
        if (contains(rollup, cell.dimensions, fact)) addPart(parts, placeOf(cell), values, search);
      }
    }
  });
  return parts;
}

function addPart(
  parts: Parts,
  key: string,
  values: readonly (Cell["values"][number] | null)[],
  search: ExtremeSearch,
): void {
  const known = parts.get(key) ?? [];
  for (const index of search.accumulators) {
    const { kind } = search.rollup.accumulators[index] as (typeof search.rollup.accumulators)[0];
    known[index] = mergeStored(kind, known[index] ?? null, values[index] ?? null);
  }
  parts.set(key, known);
}

function replaceExtremes(cell: LeveledCell, parts: Parts, search: ExtremeSearch): LeveledCell {
  const mask = search.accumulators.reduce((bits, index) => bits | (1 << index), 0);
  const part = parts.get(placeOf(cell));
  const values = cell.values.map((value, index) =>
    (cell.pending & mask & (1 << index)) === 0 ? value : (part?.[index] ?? null),
  );
  if (part === undefined) throw pending(search.rollup);
  return { ...cell, values, pending: cell.pending & ~mask };
}

function contains(
  rollup: StoredRollup,
  dimensions: readonly DimensionValue[],
  fact: Fact,
): boolean {
  return rollup.dimensions.every((dimension, i) =>
    dimensionValues(fact, dimension, rollup.timezone).includes(dimensions[i] ?? null),
  );
}

function bucketsOf(
  cells: readonly Cell[],
  { granularity }: Level,
  { timezone }: StoredRollup,
): [number, number][] {
  const starts = [...new Set(cells.map(({ bucket }) => bucket))].sort((a, b) => a - b);
  return starts.map((start) => [start, nextBucket(granularity, timezone, start)]);
}

function placeOf({ bucket, dimensions }: Cell): string {
  return place(bucket, dimensions);
}

function place(bucket: number, dimensions: readonly DimensionValue[]): string {
  return `${bucket}\0${cellKey(dimensions)}`;
}

function pending(rollup: StoredRollup): RollupsError {
  return new RollupsError(
    "ExtremePending",
    `An extreme of ${rollup.cube}.${rollup.name} was removed and is not known again yet`,
    { cube: rollup.cube, rollup: rollup.name },
  );
}
