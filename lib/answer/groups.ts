/**
 * Groups of an answer while they are collected. Facts and cells go in, in any order and mixture;
 * rows come out. Whichever way a statistic arrives, it is merged and finished by the same records.
 */
import { RollupsError } from "../errors.js";
import { accumulatorKinds, inputOf, type State } from "../measures/accumulators.js";
import { unscale } from "../numbers/exact.js";
import type { DimensionValue, Fact } from "../model/cube.js";
import { timeOf } from "../model/fact.js";
import type { DecodedTile } from "../tiles/decodedTile.js";
import type { Statistic } from "../tiles/tile.js";
import { cellKey } from "../tiles/cellKey.js";
import { bucketLabel, bucketStart, nextBucket } from "../time/calendar.js";
import type { AnyGranularity } from "../time/customGranularity.js";
import { OTHERS_COLUMN, type Answer, type Row } from "../query/answer.js";
import { BUCKETS_MAX } from "../query/limits.js";
import { sameWindow, type Stretch } from "../query/timeScopes.js";
import { granularitiesOf, timeColumns } from "../query/normalizedQuery.js";
import { dimensionValues } from "../facts/contributions.js";
import { countedIn } from "../facts/countedFacts.js";
import { orderRows } from "./order.js";
import type { CompiledQuery } from "../query/compile.js";
import { passes, type Tested } from "../query/filterTest.js";
import { SlidingMerge } from "./slidingMerge.js";

/** Most rows of an answer before its limit; beyond that, collecting them is not worth the memory. */
export const ROWS_MAX = 500_000;

/** What is known of one group in one slot: a stretch of time that nothing in the query divides. */
export interface Statistics {
  /** Parallel to the query's accumulators. Of this group alone: what is added changes them. */
  values: (State | null)[];
  /** Parallel to the query's counted dimensions: value → how many of what was added have it. */
  distinct: Map<DimensionValue, number>[];
  /** How many cells are in it. */
  cells: number;
}

/** Where the cells of a bucket count. */
export interface GroupPlace {
  /** Start of its slot. */
  slot: number;
  /** Whether only windows look at it. */
  isAround: boolean;
}

/** Of one row: exact percentiles that were found elsewhere. */
export interface GivenCell {
  dimensions: DimensionValue[];
  /** An instant of its bucket. */
  bucket: number;
  /** Parallel to the query's accumulators; null where it is none of them. */
  values: (Statistic | null)[];
}

interface Group {
  /** Raw values, parallel to the query's groups. */
  dimensions: DimensionValue[];
  /** Start of a slot → statistics. What is before all cuts starts at -Infinity. */
  slots: Map<number, Statistics>;
  /** Its rows as they were told last; null once something has changed. */
  drafts: Draft[] | null;
}

/** Which of the query's statistics a fact counts in; null for all of them. */
type Counted = ReturnType<typeof countedIn>;

/** A row before it is given its names. */
interface Draft {
  dimensions: DimensionValue[];
  label: string | null;
  inBucket: Statistics | null;
  /** Parallel to the query's windows; null where no record lies in one. */
  inWindows: (Values | null)[];
  /** Once it is told; null where a filter on measures stops it. */
  row?: Row | null;
}

type Values = readonly (State | null)[];

/** A bucket, and what the query's windows cover from there. */
interface Frame {
  label: string | null;
  bucket: Stretch;
  stretches: Stretch[];
}

export class Groups {
  private readonly groups = new Map<string, Group>();
  private readonly granularity: AnyGranularity | null;
  private readonly from: number | null;
  private readonly to: number | null;
  /** Whether a measure has filters; most queries ask for none that has. */
  private readonly isFiltered: boolean;
  /** Whether a window shows the accumulator of that index. */
  private readonly isSeenAround: readonly boolean[];
  /** Whether exact percentiles are given, so that facts do not count in them. */
  private isGiven = false;
  /** Groups by the very arrays that cells were put in by: `CellColumns` gives the same for all cells of a group. */
  private readonly known = new Map<readonly DimensionValue[], Group>();
  /** Start of a cell's bucket → its place. Cells of all series share a few of them. */
  private readonly places = new Map<number, GroupPlace | null>();

  /** `tenantZone` is the one that measures' own filters on hours of day and weekdays are in. */
  constructor(
    private readonly compiled: CompiledQuery,
    private readonly tenantZone: string,
  ) {
    const { time } = compiled.query;
    this.granularity = time?.granularity ?? null;
    this.from = time?.from ?? null;
    this.to = time?.to ?? null;
    this.isSeenAround = compiled.accumulators.map((_, i) =>
      compiled.windowed.some((needed) => needed[i]),
    );
    this.isFiltered = compiled.accumulators.some(({ filters }) => filters !== undefined);
  }

  /** What no tile keeps, one cell per row. Comes before all facts. */
  give(cells: readonly GivenCell[]): void {
    this.isGiven = true;
    const columns = this.compiled.accumulators.map((_, i) => i);
    for (const { dimensions, bucket, values } of cells) {
      this.addCell(dimensions, bucket, values, columns, []);
    }
  }

  /** Counts a fact that passes the query's filters and range; ignores all others. */
  addFact(fact: Fact): void {
    const { compiled } = this;
    const t = timeOf(fact, compiled.timeField);
    if (!this.isWanted(t)) return;
    const tested: Tested = { chosen: [], t, valuesOf: (one) => this.valuesOf(fact, one) };
    if (compiled.filters.some((test) => test.group < 0 && !passes(test, tested))) return;
    const counted = this.isFiltered
      ? countedIn(compiled.accumulators, fact, this.tenantZone)
      : null;
    const [first] = compiled.groups;
    if (first === undefined) return this.addFactTo([], t, fact, counted);
    this.addCombinations(fact, tested, counted, 0, []);
  }

  /**
   * Merges a cell. `dimensions` are the group's raw values; the query's accumulator i is
   * `values[columns[i]]`; `counted` is parallel to the query's counted dimensions. Filters are up to
   * the caller.
   */
  addCell(
    dimensions: DimensionValue[],
    bucket: number,
    values: readonly (Statistic | null)[],
    columns: readonly number[],
    counted: readonly DimensionValue[],
  ): void {
    this.changeCell("absorb", dimensions, bucket, values, columns, counted);
  }

  /** As `addCell`, of a cell that is still in its tile, whose bucket has this place. */
  addTileCell(
    dimensions: DimensionValue[],
    place: GroupPlace,
    tile: DecodedTile,
    cell: number,
    columns: readonly number[],
    counted: readonly DimensionValue[],
  ): void {
    const { accumulators } = this.compiled;
    const statistics = this.statisticsOf(this.groupOfCells(dimensions), place.slot);
    statistics.cells += 1;
    for (let i = 0; i < accumulators.length; i++) {
      if (place.isAround && !this.isSeenAround[i]) continue;
      const { kind } = accumulators[i] as (typeof accumulators)[number];
      statistics.values[i] = accumulatorKinds[kind].absorb(
        statistics.values[i] ?? null,
        tile.statisticAt(cell, columns[i] as number),
      );
    }
    countAll(statistics, counted, 1);
  }

  /** Where cells of a bucket count; null outside of what the query looks at. */
  placeOf(bucket: number): GroupPlace | null {
    let place = this.places.get(bucket);
    if (place === undefined) {
      const slot = this.slotOf(bucket);
      place = this.isWanted(bucket) ? { slot, isAround: this.isAround(slot) } : null;
      this.places.set(bucket, place);
    }
    return place;
  }

  /** Lets go of the arrays that cells were put in by. */
  forget(): void {
    this.known.clear();
  }

  /** Takes out a cell that was merged, as it was then. Extremes stay as they were: they must not be asked. */
  removeCell(...cell: Parameters<Groups["addCell"]>): void {
    this.changeCell("release", ...cell);
  }

  private changeCell(
    how: "absorb" | "release",
    dimensions: DimensionValue[],
    bucket: number,
    values: readonly (Statistic | null)[],
    columns: readonly number[],
    counted: readonly DimensionValue[],
  ): void {
    const place = this.placeOf(bucket);
    if (place === null) return;
    const { slot, isAround } = place;
    const { accumulators } = this.compiled;
    const group = this.groupOfCells(dimensions);
    const statistics = this.statisticsOf(group, slot);
    const by = how === "absorb" ? 1 : -1;
    statistics.cells += by;
    if (statistics.cells === 0) return this.removeSlot(group, slot);
    for (let i = 0; i < accumulators.length; i++) {
      if (isAround && !this.isSeenAround[i]) continue;
      const { kind } = accumulators[i] as (typeof accumulators)[number];
      statistics.values[i] = accumulatorKinds[kind][how](
        statistics.values[i] ?? null,
        values[columns[i] as number] ?? null,
      );
    }
    countAll(statistics, counted, by);
  }

  private removeSlot({ dimensions, slots }: Group, slot: number): void {
    slots.delete(slot);
    if (slots.size > 0) return;
    this.groups.delete(cellKey(dimensions));
    this.known.clear();
  }

  /** The rows, ordered and cut. Throws `TooManyBuckets`, `TooManyRows`. O(rows log rows). */
  finish(): Answer {
    const { query } = this.compiled;
    const drafts = new Map<Row, Draft>();
    for (const draft of this.drafts()) {
      const row = draft.row === undefined ? (draft.row = this.row(draft)) : draft.row;
      if (row !== null) drafts.set(row, draft);
    }
    const until = query.offset + query.limit;
    const ordered = orderRows(query, [...drafts.keys()], query.others ? Infinity : until);
    const rows = ordered.slice(query.offset, until);
    const rest = query.others ? ordered.slice(query.limit) : [];
    return {
      rows: query.others ? this.withOthers(rows, rest, drafts) : rows,
      total: query.total ? drafts.size : null,
    };
  }

  /** The rows, and one of what the rest measures together: every record is in one of them. */
  private withOthers(
    rows: readonly Row[],
    rest: readonly Row[],
    drafts: ReadonlyMap<Row, Draft>,
  ): Row[] {
    const told = rows.map((row): Row => ({ ...row, [OTHERS_COLUMN]: null }));
    const [first, ...more] = rest.map((row) => drafts.get(row) as Draft);
    if (first === undefined) return told;
    const merged = more.reduce((all, draft) => this.mergeDrafts(all, draft), first);
    const others = this.told({ ...merged, dimensions: [] }).row;
    return [...told, { ...others, [OTHERS_COLUMN]: rest.length }];
  }

  private mergeDrafts(a: Draft, b: Draft): Draft {
    return {
      ...a,
      inBucket: b.inBucket === null ? a.inBucket : this.mergeStatistics(a.inBucket, b.inBucket),
      inWindows: a.inWindows.map((values, i) => {
        const other = b.inWindows[i] ?? null;
        return other === null ? values : this.merge(values, other, this.compiled.windowed[i]);
      }),
    };
  }

  /** Inside the range or, for balances and rolling windows, near enough to it. */
  private isWanted(t: number): boolean {
    const { from, to } = this.compiled.scopes;
    return (from === null || t >= from) && (to === null || t < to);
  }

  private valuesOf(
    fact: Fact,
    dimension: Parameters<typeof dimensionValues>[1],
  ): readonly DimensionValue[] {
    return dimensionValues(fact, dimension, this.compiled.query.timezone);
  }

  /** One group per combination of the grouped dimensions' values that their own filters let pass. */
  private addCombinations(
    fact: Fact,
    tested: Tested,
    counted: Counted,
    index: number,
    chosen: DimensionValue[],
  ): void {
    const { groups, filters } = this.compiled;
    const dimension = groups[index];
    if (dimension === undefined) return this.addFactTo([...chosen], tested.t, fact, counted);
    for (const value of this.valuesOf(fact, dimension)) {
      chosen[index] = value;
      const own = { ...tested, chosen };
      if (filters.some((test) => test.group === index && !passes(test, own))) continue;
      this.addCombinations(fact, own, counted, index + 1, chosen);
    }
  }

  private addFactTo(dimensions: DimensionValue[], t: number, fact: Fact, counted: Counted): void {
    const { accumulators, distinct, groups } = this.compiled;
    const slot = this.slotOf(t);
    const statistics = this.statisticsOf(this.groupOf(dimensions), slot);
    const isAround = this.isAround(slot);
    for (let i = 0; i < accumulators.length; i++) {
      if (counted?.[i] === false || (isAround && !this.isSeenAround[i])) continue;
      const accumulator = accumulators[i] as (typeof accumulators)[number];
      if (this.isGiven && accumulator.kind === "values") continue;
      const { add } = accumulatorKinds[accumulator.kind];
      statistics.values[i] = add(statistics.values[i] ?? null, inputOf(accumulator, fact));
    }
    for (let i = 0; i < distinct.length; i++) {
      const dimension = distinct[i] as (typeof distinct)[number];
      const group = groups.findIndex(({ name }) => name === dimension.name);
      const values = group >= 0 ? [dimensions[group] ?? null] : this.valuesOf(fact, dimension);
      for (const value of values) if (value !== null) countValue(statistics.distinct[i], value, 1);
    }
  }

  private statisticsOf(group: Group, slot: number): Statistics {
    group.drafts = null;
    const { slots } = group;
    let statistics = slots.get(slot);
    if (statistics === undefined) slots.set(slot, (statistics = this.empty()));
    return statistics;
  }

  private groupOfCells(dimensions: DimensionValue[]): Group {
    if (this.compiled.query.ungrouped) return this.groupOf(dimensions);
    let group = this.known.get(dimensions);
    if (group === undefined) this.known.set(dimensions, (group = this.groupOf(dimensions)));
    return group;
  }

  private groupOf(dimensions: DimensionValue[]): Group {
    const { ungrouped } = this.compiled.query;
    const key = ungrouped ? String(this.groups.size) : cellKey(dimensions);
    if (this.groups.size > ROWS_MAX) throw tooManyRows();
    let group = this.groups.get(key);
    if (group === undefined) {
      this.groups.set(key, (group = { dimensions, slots: new Map(), drafts: null }));
    }
    return group;
  }

  /** Start of the slot that `t` lies in. Around a bounded range nothing divides time any more. */
  private slotOf(t: number): number {
    const { grain, cuts } = this.compiled.scopes;
    let cut = -Infinity;
    for (const one of cuts) if (one <= t) cut = one;
    const isBefore = this.from !== null && cut === -Infinity;
    const isAfter = this.to !== null && cut === cuts.at(-1);
    if (grain === null || isBefore || isAfter) return cut;
    return Math.max(cut, bucketStart(grain, this.compiled.query.timezone, t));
  }

  /** Whether only windows look at a slot. What they do not show is left out, lest it overflow unseen. */
  private isAround(slot: number): boolean {
    return (this.from !== null && slot < this.from) || (this.to !== null && slot >= this.to);
  }

  private empty(): Statistics {
    const { accumulators, distinct } = this.compiled;
    return {
      values: accumulators.map(({ kind }) => accumulatorKinds[kind].empty),
      distinct: distinct.map(() => new Map()),
      cells: 0,
    };
  }

  private drafts(): Draft[] {
    const { compiled } = this;
    const drafts = compiled.scopes.windows.length > 0 ? this.windowDrafts() : this.plainDrafts();
    const { ungrouped } = compiled.query;
    const isTotal = compiled.groups.length === 0 && this.granularity === null && !ungrouped;
    if (drafts.length === 0 && isTotal) {
      drafts.push({ dimensions: [], label: null, inBucket: null, inWindows: [] });
    }
    return drafts;
  }

  private plainDrafts(): Draft[] {
    const drafts: Draft[] = [];
    const labels = new Map<number, string>();
    for (const group of this.groups.values()) {
      const { dimensions, slots } = group;
      if (group.drafts !== null) {
        for (const draft of group.drafts) drafts.push(draft);
        continue;
      }
      const byLabel = new Map<string | null, Draft>();
      for (const [slot, inBucket] of slots) {
        let label: string | null = null;
        if (this.granularity !== null) {
          label = labels.get(slot) ?? this.label(slot);
          labels.set(slot, label);
        }
        this.keep(byLabel, { dimensions, label, inBucket, inWindows: [] });
      }
      group.drafts = [...byLabel.values()];
      for (const draft of group.drafts) drafts.push(draft);
      if (drafts.length > ROWS_MAX) throw tooManyRows();
    }
    return drafts;
  }

  /** Each group has a row in every bucket of the range in which one of its measures has records to look at. */
  private windowDrafts(): Draft[] {
    const { scopes, windowed } = this.compiled;
    const frames = this.frames();
    const drafts: Draft[] = [];
    for (const { dimensions, slots } of this.groups.values()) {
      const byLabel = new Map<string | null, Draft>();
      const entries = [...slots]
        .map(([at, state]) => ({ at, state }))
        .sort((a, b) => (a.at < b.at ? -1 : 1));
      const plain = scopes.hasPlain
        ? new SlidingMerge(entries, (a: Statistics | null, b) => this.mergeStatistics(a, b))
        : null;
      const values = entries.map(({ at, state }) => ({ at, state: state.values as Values }));
      const sliding = windowed.map(
        (needed) => new SlidingMerge(values, (a: Values | null, b) => this.merge(a, b, needed)),
      );
      for (const { label, bucket, stretches } of frames) {
        const inBucket = plain?.moveTo(bucket.from, bucket.to) ?? null;
        const inWindows = stretches.map(({ from, to }, i) => sliding[i]?.moveTo(from, to) ?? null);
        this.keep(byLabel, { dimensions, label, inBucket, inWindows });
      }
      for (const draft of byLabel.values()) {
        if (draft.inBucket !== null || draft.inWindows.some((one) => one !== null)) {
          drafts.push(draft);
        }
      }
      if (drafts.length > ROWS_MAX) throw tooManyRows();
    }
    return drafts;
  }

  /**
   * An hour that the clock repeats is one row: what happened in it is merged, and windows are seen
   * from its first beginning or its last end.
   */
  private keep(byLabel: Map<string | null, Draft>, draft: Draft): void {
    const known = byLabel.get(draft.label);
    if (known === undefined) return void byLabel.set(draft.label, draft);
    const { windows } = this.compiled.scopes;
    known.inWindows = known.inWindows.map((values, i) =>
      windows[i]?.offset === "start" ? values : (draft.inWindows[i] ?? null),
    );
    if (draft.inBucket === null) return;
    known.inBucket = this.mergeStatistics(known.inBucket, draft.inBucket);
  }

  private mergeStatistics(a: Statistics | null, b: Statistics): Statistics {
    if (a === null) return b;
    const distinct = a.distinct.map((values, i) => {
      const merged = new Map(values);
      for (const [value, count] of b.distinct[i] ?? []) countValue(merged, value, count);
      return merged;
    });
    return { values: this.merge(a.values, b.values), distinct, cells: a.cells + b.cells };
  }

  /** Of all accumulators, or of those that are needed; neither side changes. */
  private merge(a: Values | null, b: Values, needed?: readonly boolean[]): (State | null)[] {
    return this.compiled.accumulators.map(({ kind }, i) => {
      if (needed?.[i] === false) return null;
      const { merge } = accumulatorKinds[kind];
      return merge(merge(null, a?.[i] ?? null), b[i] ?? null);
    });
  }

  /** The buckets of the range in order, each with what the query's windows cover from there. */
  private frames(): Frame[] {
    const { scopes } = this.compiled;
    const starts = this.granularity === null ? [0] : this.bucketsOfRange(this.granularity);
    return starts.map((start) => {
      const bucket = scopes.bucketAt(start);
      return {
        label: this.granularity === null ? null : this.label(start),
        bucket: { from: bucket.from.t, to: bucket.to.t },
        stretches: scopes.windows.map((window): Stretch => scopes.stretch(window, bucket)),
      };
    });
  }

  /** Starts of all buckets of the range; open ends are where the first or last record is. */
  private bucketsOfRange(granularity: AnyGranularity): number[] {
    const { timezone } = this.compiled.query;
    const { from, to } = this;
    let first = from ?? Infinity;
    let last = to === null ? -Infinity : to - 1;
    for (const { slots } of this.groups.values()) {
      for (const slot of slots.keys()) {
        if (from === null && slot < first) first = slot;
        if (to === null && slot > last) last = slot;
      }
    }
    const starts: number[] = [];
    if (first > last) return starts;
    const start = bucketStart(granularity, timezone, first);
    for (let t = start; t <= last; t = nextBucket(granularity, timezone, t)) {
      if (starts.length >= BUCKETS_MAX) {
        throw new RollupsError(
          "TooManyBuckets",
          `The range has more than ${BUCKETS_MAX} buckets`,
          {},
        );
      }
      starts.push(t);
    }
    return starts;
  }

  /** The labels of all granularities, joined. */
  private label(bucket: number): string {
    const { query } = this.compiled;
    return granularitiesOf(query)
      .map((one) => bucketLabel(one, query.timezone, bucket))
      .join(" ");
  }

  /** Null where a filter on measures stops it. */
  private row(draft: Draft): Row | null {
    const { row, computed } = this.told(draft);
    const { having } = this.compiled;
    return having.every((test) => test((name) => computed.get(name) ?? null)) ? row : null;
  }

  /** A row, and all measures that are computed for it. */
  private told({ dimensions, label, inBucket, inWindows }: Draft) {
    const { groups, measures, accumulators, distinct, query, scopes } = this.compiled;
    const row: Row = {};
    groups.forEach(({ scale }, i) => {
      const value = dimensions[i] ?? null;
      row[query.dimensions[i] as string] =
        typeof value === "number" && scale > 0 ? unscale(value, scale) : value;
    });
    const labels = label?.split(" ");
    timeColumns(query).forEach((column, i) => (row[column] = labels?.[i] ?? null));
    const reader = (values: Values | null) => (name: string) =>
      values?.[accumulators.findIndex((accumulator) => accumulator.column === name)] ?? null;
    const countDistinct = (dimension: string) =>
      inBucket?.distinct[distinct.findIndex(({ name }) => name === dimension)]?.size ?? 0;
    const computed = new Map<string, number | null>();
    for (const { name, plan, isShown } of measures) {
      const { window } = plan;
      const values =
        window === null
          ? (inBucket?.values ?? null)
          : (inWindows[scopes.windows.findIndex((one) => sameWindow(one, window))] ?? null);
      const value = plan.finish(reader(values), countDistinct);
      if (isShown) row[name] = value;
      computed.set(name, value);
    }
    return { row, computed };
  }
}

function countAll({ distinct }: Statistics, counted: readonly DimensionValue[], by: 1 | -1): void {
  for (let i = 0; i < counted.length; i++) {
    const value = counted[i] ?? null;
    if (value !== null) countValue(distinct[i], value, by);
  }
}

function countValue(
  values: Map<DimensionValue, number> | undefined,
  value: DimensionValue,
  by: number,
): void {
  const count = (values?.get(value) ?? 0) + by;
  if (count === 0) values?.delete(value);
  else values?.set(value, count);
}

function tooManyRows(): RollupsError {
  return new RollupsError("TooManyRows", `The answer has more than ${ROWS_MAX} rows`, {});
}
