/** Where a query's members are found in a rollup's cells: in a column, or in the time of their bucket. */
import { RollupsError } from "../errors.js";
import type { DimensionValue } from "../model/cube.js";
import { valuesOfSet } from "../model/stringSet.js";
import type { RollupPlan } from "../planner/plan.js";
import { scopesOfWindows } from "../query/timeScopes.js";
import { clockPart, type ClockPart } from "../time/clock.js";
import type { DecodedTile } from "../tiles/decodedTile.js";
import type { Cell } from "../tiles/tile.js";
import type { CompiledQuery, FactDimension } from "../query/compile.js";
import {
  cutsOf,
  dimensionsOf,
  passes,
  type DimensionTest,
  type FilterTest,
} from "../query/filterTest.js";
import type { Groups } from "./groups.js";

/** A column of the rollup, or the part of a clock that the time of the bucket tells. */
type Place = number | ClockPart;

/** The groups that cells count in, none where a filter stops them, and their counted values. */
export interface Member {
  groups: DimensionValue[][];
  counted: DimensionValue[];
}

const NONE: Member = { groups: [], counted: [] };

/** Where the dimension values of a series are. */
export interface Dimensioned {
  dimensionAt(series: number, dimension: number): DimensionValue;
}

/** A filter on one column that is not grouped by, decided once for each of its values. */
interface OwnFilter {
  place: number;
  isMet: (value: DimensionValue) => boolean;
}

/** Value → value → … → member, by the columns that members depend on. */
type Branch = Map<DimensionValue, Branch | Member>;

export class CellColumns {
  /** Indexes of the rollup's extremes that the query shows. */
  readonly extremes: number[];
  /** Where the measures that show them look. */
  readonly extremesRange: { from: number | null; to: number | null };
  private readonly groups: Place[];
  private readonly counted: Place[];
  /** Where the query's accumulators are among the rollup's; -1 for exact percentiles, which are given. */
  readonly accumulators: readonly number[];
  /** Those that are not of `own`. */
  private readonly filters: readonly FilterTest[];
  /** Where dimensions that these filters look at, but that are not grouped by, are found. */
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
  private readonly own: readonly OwnFilter[];
  /** The columns that members depend on beyond `own`. */
  private readonly places: readonly number[];
  /** By `keyOf`. */
  private readonly members = new Map<number, Branch | Member>();

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
    const isOwn = (test: FilterTest): test is DimensionTest =>
      test.kind === "dimension" && test.group < 0 && typeof place(test.dimension) === "number";
    this.own = compiled.filters.filter(isOwn).map(({ dimension, matches, any }) => {
      const at = place(dimension) as number;
      const known = new Map<DimensionValue, boolean>();
      const isMet = (value: DimensionValue) => {
        let met = known.get(value);
        if (met === undefined) {
          known.set(value, (met = this.valuesOf(at, value).some(matches) === any));
        }
        return met;
      };
      return { place: at, isMet };
    });
    this.filters = compiled.filters.filter((test) => !isOwn(test));
    this.filtered = new Map(dimensionsOf(this.filters).map((one) => [one.name, place(one)]));
    this.cuts = cutsOf(compiled.filters);
    const places = [...this.groups, ...this.counted, ...this.filtered.values()];
    this.parts = [...new Set(places)].filter((one) => typeof one === "string");
    this.places = [...new Set(places)].filter((one) => typeof one === "number");
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
    return this.memberOfCell(cell).groups.length > 0;
  }

  addTo(groups: Groups, cell: Cell): void {
    const { groups: found, counted } = this.memberOfCell(cell);
    for (const group of found) {
      groups.addCell(group, cell.bucket, cell.values, this.accumulators, counted);
    }
  }

  /** The inverse of `addTo`. */
  takeFrom(groups: Groups, cell: Cell): void {
    const { groups: found, counted } = this.memberOfCell(cell);
    for (const group of found) {
      groups.removeCell(group, cell.bucket, cell.values, this.accumulators, counted);
    }
  }

  /** Whether all cells of a series have one member, whatever their buckets. */
  get isTimeless(): boolean {
    return this.parts.length === 0 && this.cuts.length === 0;
  }

  /** Series → whether filters on one of its values let it pass; null where there are none. Others may stop it. */
  passing(tile: DecodedTile): readonly boolean[] | null {
    const [first, ...others] = this.own.map(({ place, isMet }) => tile.meets(place, isMet));
    if (first === undefined || others.length === 0) return first ?? null;
    return first.map((isMet, series) => isMet && others.every((one) => one[series]));
  }

  /** What the member of a cell depends on besides its dimensions: equal for buckets that are alike. */
  keyOf(bucket: number): number {
    const between = this.cuts.reduce((before, cut) => before + (cut <= bucket ? 1 : 0), 0);
    return this.parts.reduce((all, part) => all * 24 + this.showing(part, bucket), between);
  }

  /**
   * Of the cells of a series in buckets of one key, of which `bucket` is one: the same object for all series that have the
   * same values where the question looks. O(columns that it looks at).
   */
  memberOf(of: Dimensioned, series: number, key: number, bucket: number): Member {
    for (const { place, isMet } of this.own) {
      if (!isMet(of.dimensionAt(series, place))) return NONE;
    }
    const { places, members } = this;
    let found = members.get(key);
    if (places.length === 0) {
      found ??= this.newMember(of, series, bucket);
      members.set(key, found);
      return found as Member;
    }
    if (found === undefined) members.set(key, (found = new Map()));
    for (let i = 0; i < places.length; i++) {
      const branch = found as Branch;
      const value = of.dimensionAt(series, places[i] as number);
      found = branch.get(value);
      if (found !== undefined) continue;
      found = i === places.length - 1 ? this.newMember(of, series, bucket) : new Map();
      branch.set(value, found);
    }
    return found as Member;
  }

  /** Lets go of the members that were looked up. */
  forget(): void {
    this.members.clear();
  }

  private memberOfCell({ dimensions, bucket }: Cell): Member {
    const of = { dimensionAt: (_: number, place: number) => dimensions[place] ?? null };
    return this.memberOf(of, 0, this.keyOf(bucket), bucket);
  }

  /** As with a fact: one group per combination of grouped values that their own filters let pass. */
  private newMember(of: Dimensioned, series: number, bucket: number): Member {
    const valuesAt = (place: Place) =>
      typeof place === "number"
        ? this.valuesOf(place, of.dimensionAt(series, place))
        : [this.showing(place, bucket)];
    const valuesOf = ({ name }: FactDimension) => valuesAt(this.filtered.get(name) as Place);
    const pass = (chosen: readonly DimensionValue[], group: number) =>
      this.filters.every(
        (test) => test.group !== group || passes(test, { chosen, t: bucket, valuesOf }),
      );
    if (!pass([], -1)) return NONE;
    let groups: DimensionValue[][] = [[]];
    this.groups.forEach((place, group) => {
      const values = valuesAt(place);
      groups = groups
        .flatMap((chosen) => values.map((value) => [...chosen, value]))
        .filter((chosen) => pass(chosen, group));
    });
    return groups.length === 0 ? NONE : { groups, counted: this.counted.flatMap(valuesAt) };
  }

  /** One value, or those that are kept together. */
  private valuesOf(place: number, value: DimensionValue): readonly DimensionValue[] {
    return this.areSets[place] === true ? valuesOfSet(value) : [value];
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
