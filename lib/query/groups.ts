/**
 * Groups of an answer while they are collected. Facts and cells go in, in any order and mixture;
 * rows come out. Whichever way a statistic arrives, it is merged and finished by the same records.
 */
import { RollupsError } from "../errors";
import { accumulatorKinds } from "../measures/accumulators";
import { unscale } from "../measures/exact";
import type { DimensionValue, Fact } from "../model/cube";
import { numberOf, timeOf } from "../model/fact";
import type { Exact } from "../tiles/tile";
import { cellKey } from "../tiles/cellKey";
import { bucketLabel, bucketStart, nextBucket } from "../time/calendar";
import type { Granularity } from "../time/granularity";
import { BUCKETS_MAX } from "../planner/planQuery";
import { timeColumn } from "../planner/normalizedQuery";
import { dimensionValues } from "../fold/contributions";
import { countedIn } from "../fold/countedFacts";
import { orderRows } from "./order";
import type { CompiledQuery, FilterTest } from "./compile";

export type Row = Record<string, string | number | null>;

export interface Answer {
  rows: Row[];
  /** Rows before limit and offset, where the query asks for it. */
  total: number | null;
}

/** Most rows of an answer before its limit; beyond that, collecting them is not worth the memory. */
export const ROWS_MAX = 500_000;

/** What is known of one group in one bucket. */
export interface Statistics {
  /** Parallel to the query's accumulators. */
  values: (Exact | null)[];
  /** Parallel to the query's counted dimensions. */
  distinct: Set<DimensionValue>[];
}

interface Group {
  /** Raw values, parallel to the query's groups. */
  dimensions: DimensionValue[];
  /** Everything before the range; null where nothing is. */
  opening: Statistics | null;
  /** Bucket start → statistics; one bucket 0 without granularity. */
  buckets: Map<number, Statistics>;
}

/** Which of the query's statistics a fact counts in; null for all of them. */
type Counted = ReturnType<typeof countedIn>;

/** A row before it is given its names. */
interface Draft {
  dimensions: DimensionValue[];
  label: string | null;
  inBucket: Statistics | null;
  /** All up to the bucket's end, for levels. */
  running: (Exact | null)[] | null;
}

export class Groups {
  private readonly groups = new Map<string, Group>();
  private readonly granularity: Granularity | null;
  private readonly from: number | null;
  private readonly to: number | null;
  /** Whether a measure has filters; most queries ask for none that has. */
  private readonly isFiltered: boolean;
  /** The group found last, and the very array that it was asked by. */
  private last: { by: DimensionValue[]; group: Group } | null = null;
  /** Start of a cell's bucket → start of the query's. Cells of all series share a few of them. */
  private readonly bucketsOfCells = new Map<number, number>();

  /** `tenantZone` is the one of hour of day and weekday, whatever zone the query's buckets are in. */
  constructor(
    private readonly compiled: CompiledQuery,
    private readonly tenantZone: string,
  ) {
    const { time } = compiled.query;
    this.granularity = time?.granularity ?? null;
    this.from = time?.from ?? null;
    this.to = time?.to ?? null;
    this.isFiltered = compiled.accumulators.some(({ filters }) => filters !== undefined);
  }

  /** Counts a fact that passes the query's filters and range; ignores all others. */
  addFact(fact: Fact): void {
    const { compiled } = this;
    const t = timeOf(fact, compiled.timeField);
    if (!this.isWanted(t)) return;
    for (const filter of compiled.filters) {
      if (filter.group < 0 && !passesAny(filter, this.valuesOf(fact, filter.dimension))) return;
    }
    const counted = this.isFiltered
      ? countedIn(compiled.accumulators, fact, this.tenantZone)
      : null;
    const [first] = compiled.groups;
    if (first === undefined) return this.addFactTo([], t, fact, counted);
    this.addCombinations(fact, t, counted, 0, []);
  }

  /**
   * Merges a cell. `dimensions` are the group's raw values; the query's accumulator i is
   * `values[columns[i]]`; `counted` is parallel to the query's counted dimensions. Filters are up to
   * the caller.
   */
  addCell(
    dimensions: DimensionValue[],
    bucket: number,
    values: readonly (Exact | null)[],
    columns: readonly number[],
    counted: readonly DimensionValue[],
  ): void {
    if (!this.isWanted(bucket)) return;
    const { accumulators } = this.compiled;
    let coarse = this.bucketsOfCells.get(bucket);
    if (coarse === undefined) {
      coarse = this.bucketOf(bucket);
      this.bucketsOfCells.set(bucket, coarse);
    }
    const statistics = this.statisticsAt(dimensions, bucket, coarse);
    for (let i = 0; i < accumulators.length; i++) {
      const { kind } = accumulators[i] as (typeof accumulators)[number];
      statistics.values[i] = accumulatorKinds[kind].merge(
        statistics.values[i] ?? null,
        values[columns[i] as number] ?? null,
      );
    }
    for (let i = 0; i < counted.length; i++) {
      const value = counted[i] ?? null;
      if (value !== null) statistics.distinct[i]?.add(value);
    }
  }

  /** The rows, ordered and cut. Throws `TooManyBuckets`, `TooManyRows`. O(rows log rows). */
  finish(): Answer {
    const { query } = this.compiled;
    const rows = this.drafts().map((draft) => this.row(draft));
    const ordered = orderRows(query, rows);
    return {
      rows: ordered.slice(query.offset, query.offset + query.limit),
      total: query.total ? rows.length : null,
    };
  }

  /** Inside the range, or before it where opening balances are wanted. */
  private isWanted(t: number): boolean {
    if (this.to !== null && t >= this.to) return false;
    return this.from === null || t >= this.from || this.compiled.hasLevel;
  }

  private valuesOf(
    fact: Fact,
    dimension: Parameters<typeof dimensionValues>[1],
  ): readonly DimensionValue[] {
    return dimensionValues(fact, dimension, this.tenantZone);
  }

  /** One group per combination of the grouped dimensions' values that their own filters let pass. */
  private addCombinations(
    fact: Fact,
    t: number,
    counted: Counted,
    index: number,
    chosen: DimensionValue[],
  ): void {
    const dimension = this.compiled.groups[index];
    if (dimension === undefined) return this.addFactTo([...chosen], t, fact, counted);
    for (const value of this.valuesOf(fact, dimension)) {
      const passes = this.compiled.filters.every(
        (filter) => filter.group !== index || filter.values.has(value) === filter.any,
      );
      if (!passes) continue;
      chosen[index] = value;
      this.addCombinations(fact, t, counted, index + 1, chosen);
    }
  }

  private addFactTo(dimensions: DimensionValue[], t: number, fact: Fact, counted: Counted): void {
    const { accumulators, distinct, groups } = this.compiled;
    const statistics = this.statisticsAt(dimensions, t, this.bucketOf(t));
    for (let i = 0; i < accumulators.length; i++) {
      if (counted?.[i] === false) continue;
      const { kind, field } = accumulators[i] as (typeof accumulators)[number];
      const value = field === undefined ? null : numberOf(fact, field);
      statistics.values[i] = accumulatorKinds[kind].add(statistics.values[i] ?? null, value);
    }
    for (let i = 0; i < distinct.length; i++) {
      const dimension = distinct[i] as (typeof distinct)[number];
      const group = groups.findIndex(({ name }) => name === dimension.name);
      const values = group >= 0 ? [dimensions[group] ?? null] : this.valuesOf(fact, dimension);
      for (const value of values) if (value !== null) statistics.distinct[i]?.add(value);
    }
  }

  private statisticsAt(dimensions: DimensionValue[], t: number, bucket: number): Statistics {
    const group = this.groupOf(dimensions);
    if (this.from !== null && t < this.from) return (group.opening ??= this.empty());
    let statistics = group.buckets.get(bucket);
    if (statistics === undefined) group.buckets.set(bucket, (statistics = this.empty()));
    return statistics;
  }

  private groupOf(dimensions: DimensionValue[]): Group {
    if (this.last?.by === dimensions) return this.last.group;
    const key = cellKey(dimensions);
    let group = this.groups.get(key);
    if (group === undefined) {
      this.groups.set(key, (group = { dimensions, opening: null, buckets: new Map() }));
    }
    this.last = { by: dimensions, group };
    return group;
  }

  /** Start of the query's bucket that `t` lies in; 0 without granularity. */
  private bucketOf(t: number): number {
    const { granularity } = this;
    return granularity === null ? 0 : bucketStart(granularity, this.compiled.query.timezone, t);
  }

  private empty(): Statistics {
    const { accumulators, distinct } = this.compiled;
    return {
      values: accumulators.map(({ kind }) => accumulatorKinds[kind].empty),
      distinct: distinct.map(() => new Set()),
    };
  }

  private drafts(): Draft[] {
    const { compiled } = this;
    const drafts = compiled.hasLevel ? this.levelDrafts() : this.plainDrafts();
    if (drafts.length === 0 && compiled.groups.length === 0 && this.granularity === null) {
      drafts.push({ dimensions: [], label: null, inBucket: null, running: null });
    }
    return drafts;
  }

  private plainDrafts(): Draft[] {
    const drafts: Draft[] = [];
    const labels = new Map<number, string>();
    for (const { dimensions, buckets } of this.groups.values()) {
      const byLabel = new Map<string | null, Draft>();
      for (const [bucket, inBucket] of buckets) {
        let label: string | null = null;
        if (this.granularity !== null) {
          label = labels.get(bucket) ?? this.label(bucket);
          labels.set(bucket, label);
        }
        const draft = { dimensions, label, inBucket, running: null };
        this.keep(byLabel, draft);
      }
      for (const draft of byLabel.values()) drafts.push(draft);
      if (drafts.length > ROWS_MAX) throw tooManyRows();
    }
    return drafts;
  }

  /** Each group has a row in every bucket from its first record on, whether or not the bucket has records. */
  private levelDrafts(): Draft[] {
    const ends = this.granularity === null ? [0] : this.bucketsOfRange();
    const labels = ends.map((bucket) => (this.granularity === null ? null : this.label(bucket)));
    const drafts: Draft[] = [];
    for (const { dimensions, opening, buckets } of this.groups.values()) {
      const byLabel = new Map<string | null, Draft>();
      let running = opening?.values ?? null;
      ends.forEach((bucket, i) => {
        const inBucket = buckets.get(bucket) ?? null;
        if (inBucket !== null) running = this.merge(running, inBucket.values);
        if (running === null) return;
        this.keep(byLabel, { dimensions, label: labels[i] ?? null, inBucket, running });
      });
      for (const draft of byLabel.values()) drafts.push(draft);
      if (drafts.length > ROWS_MAX) throw tooManyRows();
    }
    return drafts;
  }

  /** An hour that the clock repeats is one row: what happened in it is merged, its balance is the later one. */
  private keep(byLabel: Map<string | null, Draft>, draft: Draft): void {
    const known = byLabel.get(draft.label);
    if (known === undefined) return void byLabel.set(draft.label, draft);
    known.running = draft.running;
    if (draft.inBucket === null) return;
    if (known.inBucket === null) {
      known.inBucket = draft.inBucket;
      return;
    }
    const distinct = known.inBucket.distinct.map(
      (set, i) => new Set([...set, ...(draft.inBucket?.distinct[i] ?? [])]),
    );
    known.inBucket = {
      values: this.merge(known.inBucket.values, draft.inBucket.values),
      distinct,
    };
  }

  private merge(a: readonly (Exact | null)[] | null, b: readonly (Exact | null)[]) {
    return this.compiled.accumulators.map(({ kind }, i) =>
      accumulatorKinds[kind].merge(a?.[i] ?? null, b[i] ?? null),
    );
  }

  /** Starts of all buckets of the range; open ends are where the first or last record is. */
  private bucketsOfRange(): number[] {
    const { timezone } = this.compiled.query;
    const { granularity } = this;
    if (granularity === null) return [0];
    let first = this.from === null ? Infinity : bucketStart(granularity, timezone, this.from);
    let last = this.to === null ? -Infinity : this.to - 1;
    for (const { buckets } of this.groups.values()) {
      for (const bucket of buckets.keys()) {
        if (this.from === null && bucket < first) first = bucket;
        if (this.to === null && bucket > last) last = bucket;
      }
    }
    const starts: number[] = [];
    if (this.from !== null && this.from === this.to) return starts;
    for (let t = first; t <= last && t !== Infinity; t = nextBucket(granularity, timezone, t)) {
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

  private label(bucket: number): string {
    return bucketLabel(this.granularity ?? "hour", this.compiled.query.timezone, bucket);
  }

  private row({ dimensions, label, inBucket, running }: Draft): Row {
    const { groups, measures, accumulators, distinct, query } = this.compiled;
    const row: Row = {};
    groups.forEach(({ scale }, i) => {
      const value = dimensions[i] ?? null;
      row[query.dimensions[i] as string] =
        typeof value === "number" && scale > 0 ? unscale(value, scale) : value;
    });
    const column = timeColumn(query);
    if (column !== null) row[column] = label;
    const reader = (values: readonly (Exact | null)[] | null) => (name: string) =>
      values?.[accumulators.findIndex((accumulator) => accumulator.column === name)] ?? null;
    const countDistinct = (dimension: string) =>
      inBucket?.distinct[distinct.findIndex(({ name }) => name === dimension)]?.size ?? 0;
    for (const { name, plan } of measures) {
      const values = plan.level ? running : (inBucket?.values ?? null);
      row[name] = plan.finish(reader(values), countDistinct);
    }
    return row;
  }
}

/** Whether one record's values satisfy a condition. */
export function passesAny(filter: FilterTest, values: readonly DimensionValue[]): boolean {
  return values.some((value) => filter.values.has(value)) === filter.any;
}

function tooManyRows(): RollupsError {
  return new RollupsError("TooManyRows", `The answer has more than ${ROWS_MAX} rows`, {});
}
