/** Where a query's members are found in a rollup's cells: in a column, or in the time of their bucket. */
import { RollupsError } from "../errors.js";
import type { DimensionValue } from "../model/cube.js";
import { valuesOfSet } from "../model/stringSet.js";
import type { RollupPlan } from "../planner/plan.js";
import { scopesOfWindows } from "../query/timeScopes.js";
import { clockPart, type ClockPart } from "../time/clock.js";
import type { Cell } from "../tiles/tile.js";
import type { CompiledQuery, FactDimension } from "../query/compile.js";
import { cutsOf, passes, type FilterTest } from "../query/filterTest.js";
import type { Groups } from "./groups.js";

/** A column of the rollup, or the part of a clock that the time of the bucket tells. */
type Place = number | ClockPart;

/** The groups that a cell counts in, none where a filter stops it, and its counted values. */
interface Member {
  groups: DimensionValue[][];
  counted: DimensionValue[];
}

/** A series: the values of its dimensions that stand for several, and its members by clocks and cuts. */
interface Series {
  of: readonly DimensionValue[];
  sets: Map<number, readonly DimensionValue[]>;
  members: Map<number, Member>;
}

export class CellColumns {
  /** Indexes of the rollup's extremes that the query shows. */
  readonly extremes: number[];
  /** Where the measures that show them look. */
  readonly extremesRange: { from: number | null; to: number | null };
  private readonly groups: Place[];
  private readonly counted: Place[];
  /** -1 for exact percentiles, which are given. */
  private readonly accumulators: number[];
  private readonly filters: readonly FilterTest[];
  /** Where dimensions that are filtered by, but not grouped by, are found. */
  private readonly filtered: ReadonlyMap<string, Place>;
  /** Instants between which filters on the time turn out alike. Segments do not straddle them. */
  private readonly cuts: readonly number[];
  /** The parts of the clock that members depend on. */
  private readonly parts: ClockPart[];
  private readonly zone: string;
  /** What the clock shows in a bucket, by part. Cells of all series share a few buckets. */
  private readonly shown = new Map<ClockPart, Map<number, number>>();
  /** Parallel to the rollup's dimensions: whether a value stands for several. */
  private readonly areSets: readonly boolean[];
  /** The series that cells are read of. */
  private last: Series | null = null;

  constructor(compiled: CompiledQuery, { rollup, derived }: RollupPlan) {
    const place = ({ name, type }: FactDimension): Place => {
      if (derived.includes(`${rollup.cube}.${name}`)) return type as ClockPart;
      return mustFind(
        rollup.dimensions.findIndex((one) => one.name === name),
        name,
      );
    };
    this.zone = compiled.query.timezone;
    this.areSets = rollup.dimensions.map(({ type }) => type === "stringSet");
    this.groups = compiled.groups.map(place);
    this.counted = compiled.distinct.map(place);
    this.filters = compiled.filters;
    this.filtered = new Map(compiled.filtered.map((one) => [one.name, place(one)]));
    this.cuts = cutsOf(compiled.filters);
    const places = [...this.groups, ...this.counted, ...this.filtered.values()];
    this.parts = [...new Set(places)].filter((one) => typeof one === "string");
    this.accumulators = compiled.accumulators.map(({ kind, column }) => {
      if (kind === "values") return -1;
      const index = rollup.accumulators.findIndex((one) => one.column === column);
      return mustFind(index, column);
    });
    this.extremes = this.accumulators.filter((index) => {
      const kind = rollup.accumulators[index]?.kind;
      return kind === "min" || kind === "max";
    });
    const shown = compiled.measures.filter(({ plan }) =>
      plan.accumulators.some(({ kind }) => kind === "min" || kind === "max"),
    );
    this.extremesRange = scopesOfWindows(
      compiled.query,
      shown.map(({ plan }) => plan.window),
    );
  }

  passes(cell: Cell): boolean {
    return this.memberOf(cell).groups.length > 0;
  }

  addTo(groups: Groups, cell: Cell): void {
    const { groups: found, counted } = this.memberOf(cell);
    for (const group of found) {
      groups.addCell(group, cell.bucket, cell.values, this.accumulators, counted);
    }
  }

  /** The inverse of `addTo`. */
  takeFrom(groups: Groups, cell: Cell): void {
    const { groups: found, counted } = this.memberOf(cell);
    for (const group of found) {
      groups.removeCell(group, cell.bucket, cell.values, this.accumulators, counted);
    }
  }

  /** Cells of one series come one after the other and share their dimensions. */
  private memberOf(cell: Cell): Member {
    const { members } = this.seriesOf(cell);
    const between = this.cuts.reduce((before, cut) => before + (cut <= cell.bucket ? 1 : 0), 0);
    const key = this.parts.reduce(
      (all, part) => all * 24 + this.showing(part, cell.bucket),
      between,
    );
    let member = members.get(key);
    if (member === undefined) {
      const counted = this.counted.flatMap((one) => this.valuesAt(one, cell));
      member = { groups: this.groupsOf(cell), counted };
      members.set(key, member);
    }
    return member;
  }

  private seriesOf({ dimensions }: Cell): Series {
    if (this.last?.of !== dimensions) {
      this.last = { of: dimensions, sets: new Map(), members: new Map() };
    }
    return this.last;
  }

  /** As with a fact: one group per combination of grouped values that their own filters let pass. */
  private groupsOf(cell: Cell): DimensionValue[][] {
    const valuesOf = ({ name }: FactDimension) =>
      this.valuesAt(this.filtered.get(name) as Place, cell);
    const pass = (chosen: readonly DimensionValue[], group: number) =>
      this.filters.every(
        (test) => test.group !== group || passes(test, { chosen, t: cell.bucket, valuesOf }),
      );
    if (!pass([], -1)) return [];
    let groups: DimensionValue[][] = [[]];
    this.groups.forEach((place, group) => {
      const values = this.valuesAt(place, cell);
      groups = groups
        .flatMap((chosen) => values.map((value) => [...chosen, value]))
        .filter((chosen) => pass(chosen, group));
    });
    return groups;
  }

  /** One value, or those that are kept together. */
  private valuesAt(place: Place, cell: Cell): readonly DimensionValue[] {
    if (typeof place !== "number") return [this.showing(place, cell.bucket)];
    const value = cell.dimensions[place] ?? null;
    if (this.areSets[place] !== true) return [value];
    const { sets } = this.seriesOf(cell);
    let values = sets.get(place);
    if (values === undefined) sets.set(place, (values = valuesOfSet(value)));
    return values;
  }

  private showing(part: ClockPart, bucket: number): number {
    let shown = this.shown.get(part);
    if (shown === undefined) this.shown.set(part, (shown = new Map()));
    let value = shown.get(bucket);
    if (value === undefined) shown.set(bucket, (value = clockPart(part, this.zone, bucket)));
    return value;
  }
}

function mustFind(index: number, name: string): number {
  if (index >= 0) return index;
  throw new RollupsError("InvalidPlan", `The plan's rollup does not keep ${name}`, { name });
}
