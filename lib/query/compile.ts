/** A query with its names looked up once: what to group by, what to keep, what to compute. */
import { RollupsError } from "../errors.js";
import { measurePlan, type MeasurePlan } from "../measures/measures.js";
import type { CubeDefinition, DimensionDefinition } from "../model/cube.js";
import { fieldTraits } from "../model/fields.js";
import type { Accumulator } from "../model/rollup.js";
import {
  cutsOf,
  dimensionsOf,
  dimensionTest,
  testTree,
  timeTest,
  type FactDimension,
  type FilterTest,
} from "./filterTest.js";
import { rowTest, type RowTest } from "./rowTest.js";
import { segmentFilter } from "./segments.js";
import { sameWindow, scopesOfWindows, type TimeScopes } from "./timeScopes.js";
import {
  branchesOf,
  computedMeasures,
  shortName,
  type MemberFilter,
  type NormalizedQuery,
  type QueryFilter,
} from "./normalizedQuery.js";

export type { FactDimension } from "./filterTest.js";

export interface CompiledMeasure {
  /** Full name. */
  name: string;
  plan: MeasurePlan;
  /** Whether rows have it; else they are only filtered by it. */
  isShown: boolean;
}

export interface CompiledQuery {
  cube: CubeDefinition;
  query: NormalizedQuery;
  /** The field of the time that buckets and bounds the query. */
  timeField: string;
  groups: FactDimension[];
  /** All must pass. */
  filters: FilterTest[];
  /** Dimensions that filters look at, each once, whether they are grouped by or not. */
  filtered: FactDimension[];
  /** Which rows the answer has: all must pass. */
  having: RowTest[];
  measures: CompiledMeasure[];
  /** Statistics that some measure needs; starts with `count`. */
  accumulators: Accumulator[];
  /** Dimensions whose distinct values are counted. */
  distinct: FactDimension[];
  scopes: TimeScopes;
  /** For each window of the scopes, whether its measures need the accumulator of that index. */
  windowed: boolean[][];
}

/** `query` must be normalised for `cube`. O(members + filter values). */
export function compileQuery(cube: CubeDefinition, query: NormalizedQuery): CompiledQuery {
  const groups = query.dimensions.map((name) => factDimension(cube, name));
  const accumulators = new Map<string, Accumulator>([
    ["count", { column: "count", kind: "count" }],
  ]);
  const distinct: FactDimension[] = [];
  const measures = computedMeasures(query).map((name): CompiledMeasure => {
    const measure = cube.measures[shortName(name)];
    if (measure === undefined) throw unknown(name);
    const plan = measurePlan(cube, shortName(name), measure);
    for (const accumulator of plan.accumulators) accumulators.set(accumulator.column, accumulator);
    for (const counted of plan.distinct) {
      if (distinct.some((dimension) => dimension.name === counted)) continue;
      distinct.push(factDimension(cube, `${cube.name}.${counted}`));
    }
    return { name, plan, isShown: query.measures.includes(name) };
  });
  const segments = query.segments.map((name) => segmentFilter(cube, name));
  const filters = [...query.filters, ...segments].map((filter) =>
    compileFilter(cube, query, groups, filter),
  );
  const scopes = scopesOfWindows(
    query,
    measures.map(({ plan }) => plan.window),
    cutsOf(filters),
  );
  const columns = [...accumulators.keys()];
  const windowed = scopes.windows.map((window) => {
    const through = measures.filter(
      ({ plan }) => plan.window !== null && sameWindow(plan.window, window),
    );
    const needed = new Set(
      through.flatMap(({ plan }) => plan.accumulators.map(({ column }) => column)),
    );
    return columns.map((column) => needed.has(column));
  });
  return {
    cube,
    query,
    timeField: timeField(cube, query),
    groups,
    filters,
    filtered: dimensionsOf(filters),
    having: query.having.map(rowTest),
    measures,
    accumulators: [...accumulators.values()],
    distinct,
    scopes,
    windowed,
  };
}

function compileFilter(
  cube: CubeDefinition,
  query: NormalizedQuery,
  groups: readonly FactDimension[],
  filter: QueryFilter,
): FilterTest {
  const branches = branchesOf(filter)?.map((one) => compileFilter(cube, query, groups, one));
  if (branches !== undefined) return testTree("and" in filter, branches);
  const condition = filter as MemberFilter;
  return cube.dimensions[shortName(condition.member)]?.type === "time"
    ? timeTest(condition, query.timezone)
    : dimensionTest(condition, factDimension(cube, condition.member), groups);
}

function factDimension(cube: CubeDefinition, member: string): FactDimension {
  const name = shortName(member);
  const dimension: DimensionDefinition | undefined = cube.dimensions[name];
  if (dimension === undefined || dimension.type === "time") throw unknown(member);
  const { type, field } = dimension;
  return { name, type, field, scale: type === "number" ? fieldTraits(cube, field).scale : 0 };
}

function timeField(cube: CubeDefinition, query: NormalizedQuery): string {
  const member = query.time?.dimension ?? `${cube.name}.${cube.time}`;
  const dimension = cube.dimensions[shortName(member)];
  if (dimension?.type !== "time") throw unknown(member);
  return dimension.field;
}

function unknown(member: string): RollupsError {
  return new RollupsError("InvalidQuery", `Not a member of this cube: ${member}`, { member });
}
