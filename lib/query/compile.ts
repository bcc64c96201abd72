/** A query with its names looked up once: what to group by, what to keep, what to compute. */
import { RollupsError } from "../errors.js";
import { measurePlan, type MeasurePlan } from "../measures/measures.js";
import type { CubeDefinition, DimensionDefinition, DimensionValue } from "../model/cube.js";
import { fieldTraits } from "../model/fields.js";
import { conditionOf, rawFilterValue } from "../model/filters.js";
import type { Accumulator, RollupDimension } from "../model/rollup.js";
import { sameWindow, scopesOfWindows, type TimeScopes } from "./timeScopes.js";
import { shortName, type NormalizedQuery, type QueryFilter } from "./normalizedQuery.js";

/** A dimension as facts hold it. Its values are raw: decimals still scaled. */
export interface FactDimension {
  /** Short name. */
  name: string;
  type: RollupDimension["type"];
  field: string;
  /** Decimals of a raw number. */
  scale: number;
}

/**
 * A condition on one dimension. A record has one value, or several where the dimension is
 * multi-valued; "not given" is a value. `any`: one of the record's values is among `values`.
 * Otherwise: none is. Cube's rules for nulls follow from that.
 */
export interface FilterTest {
  dimension: FactDimension;
  any: boolean;
  values: ReadonlySet<DimensionValue>;
  /** Index of the dimension among the groups: the condition then applies to each value by itself. */
  group: number;
}

export interface CompiledMeasure {
  /** Full name. */
  name: string;
  plan: MeasurePlan;
}

export interface CompiledQuery {
  cube: CubeDefinition;
  query: NormalizedQuery;
  /** The field of the time that buckets and bounds the query. */
  timeField: string;
  groups: FactDimension[];
  filters: FilterTest[];
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
  const measures = query.measures.map((name): CompiledMeasure => {
    const measure = cube.measures[shortName(name)];
    if (measure === undefined) throw unknown(name);
    const plan = measurePlan(cube, shortName(name), measure);
    for (const accumulator of plan.accumulators) accumulators.set(accumulator.column, accumulator);
    for (const counted of plan.distinct) {
      if (distinct.some((dimension) => dimension.name === counted)) continue;
      distinct.push(factDimension(cube, `${cube.name}.${counted}`));
    }
    return { name, plan };
  });
  const filters = query.filters.map((filter) => compileFilter(cube, groups, filter));
  const scopes = scopesOfWindows(
    query,
    measures.map(({ plan }) => plan.window),
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
    measures,
    accumulators: [...accumulators.values()],
    distinct,
    scopes,
    windowed,
  };
}

function compileFilter(
  cube: CubeDefinition,
  groups: readonly FactDimension[],
  { member, operator, values }: QueryFilter,
): FilterTest {
  const dimension = factDimension(cube, member);
  const group = groups.findIndex(({ name }) => name === dimension.name);
  const { any, values: listed } = conditionOf(operator, values);
  const raw = listed.flatMap((text) => rawFilterValue(dimension.type, dimension.scale, text));
  return { dimension, any, values: new Set(raw), group };
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
