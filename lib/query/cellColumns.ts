/** Where a query's members are found in a rollup's cells: in a column, or in the time of their bucket. */
import { RollupsError } from "../errors";
import type { DimensionValue } from "../model/cube";
import type { RollupPlan } from "../planner/plan";
import { scopesOfWindows } from "../planner/timeScopes";
import { clockPart, type ClockPart } from "../time/clock";
import type { Cell } from "../tiles/tile";
import type { CompiledQuery, FactDimension } from "./compile";
import { passesAny, type Groups } from "./groups";

/** A column of the rollup, or the part of a clock that the time of the bucket tells. */
type Place = number | ClockPart;

/** The group that a cell belongs to, and its counted values. */
interface Member {
  group: DimensionValue[];
  counted: DimensionValue[];
}

export class CellColumns {
  /** Indexes of the rollup's extremes that the query shows. */
  readonly extremes: number[];
  /** Where the measures that show them look. */
  readonly extremesRange: { from: number | null; to: number | null };
  private readonly groups: Place[];
  private readonly counted: Place[];
  private readonly accumulators: number[];
  private readonly filters: { place: Place; filter: CompiledQuery["filters"][number] }[];
  /** The parts of the clock that groups and counted values depend on. */
  private readonly parts: ClockPart[];
  private readonly zone: string;
  /** What the clock shows in a bucket, by part. Cells of all series share a few buckets. */
  private readonly shown = new Map<ClockPart, Map<number, number>>();
  /** The series that cells are read of, and its groups by what the clock shows in their buckets. */
  private last: { of: DimensionValue[]; members: Map<number, Member> } | null = null;

  constructor(compiled: CompiledQuery, { rollup, derived }: RollupPlan) {
    const place = ({ name, type }: FactDimension): Place => {
      if (derived.includes(`${rollup.cube}.${name}`)) return type as ClockPart;
      return mustFind(
        rollup.dimensions.findIndex((one) => one.name === name),
        name,
      );
    };
    this.zone = compiled.query.timezone;
    this.groups = compiled.groups.map(place);
    this.counted = compiled.distinct.map(place);
    this.filters = compiled.filters.map((filter) => ({ place: place(filter.dimension), filter }));
    this.parts = [...new Set([...this.groups, ...this.counted])].filter(
      (one) => typeof one === "string",
    );
    this.accumulators = compiled.accumulators.map(({ column }) =>
      mustFind(
        rollup.accumulators.findIndex((one) => one.column === column),
        column,
      ),
    );
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
    return this.filters.every(({ place, filter }) =>
      passesAny(filter, [this.valueAt(place, cell)]),
    );
  }

  addTo(groups: Groups, cell: Cell): void {
    const { group, counted } = this.memberOf(cell);
    groups.addCell(group, cell.bucket, cell.values, this.accumulators, counted);
  }

  /** Cells of one series come one after the other and share their dimensions. */
  private memberOf(cell: Cell): Member {
    if (this.last?.of !== cell.dimensions) {
      this.last = { of: cell.dimensions, members: new Map() };
    }
    const { members } = this.last;
    const key = this.parts.reduce((all, part) => all * 24 + this.showing(part, cell.bucket), 0);
    let member = members.get(key);
    if (member === undefined) {
      const values = (places: readonly Place[]) => places.map((one) => this.valueAt(one, cell));
      member = { group: values(this.groups), counted: values(this.counted) };
      members.set(key, member);
    }
    return member;
  }

  private valueAt(place: Place, { dimensions, bucket }: Cell): DimensionValue {
    return typeof place === "number" ? (dimensions[place] ?? null) : this.showing(place, bucket);
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
