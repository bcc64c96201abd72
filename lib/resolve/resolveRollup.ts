/**
 * From the cube's definition to the rollup that is stored: what to keep, in which zone, with which
 * statistics. A stored rollup is plain data and does not change when the code's definition does.
 */
import { RollupsError } from "../errors.js";
import { measurePlan } from "../measures/measures.js";
import { granularities } from "../time/granularity.js";
import { isPartOfHourApart } from "../time/zoneDifference.js";
import { canonicalJson, hashText } from "../hash/canonical.js";
import { cardinalityOf } from "../model/cardinality.js";
import type { CubeDefinition, DimensionDefinition } from "../model/cube.js";
import { ownField } from "../model/fields.js";
import type { Level, RollupDimension, StoredAccumulator, StoredRollup } from "../model/rollup.js";

/** Signatures kept per cube; beyond that the memo starts afresh. */
const SIGNATURES_MAX = 1000;

/**
 * The stored form of one of a valid cube's rollups, for a tenant in `timezone` whose people also ask
 * in `zones`. Quarters of an hour are kept only if some of those clocks show other minutes than the
 * tenant's. Throws `UnknownRollup`, `InvalidDefinition`, `UnknownZone`.
 */
export function resolveRollup(
  cube: CubeDefinition,
  rollupName: string,
  timezone: string,
  zones: readonly string[] = [],
): StoredRollup {
  const definition = Object.hasOwn(cube.rollups, rollupName) ? cube.rollups[rollupName] : undefined;
  if (definition === undefined) {
    throw new RollupsError("UnknownRollup", `${cube.name} has no rollup ${rollupName}`, {
      cube: cube.name,
      rollup: rollupName,
    });
  }
  const time = cube.dimensions[cube.time];
  if (time?.type !== "time") {
    throw new RollupsError(
      "InvalidDefinition",
      `${cube.name}.${cube.time} is not a time dimension`,
    );
  }
  const dimensions = definition.dimensions.map((name) =>
    resolveDimension(cube, name, definition.together?.includes(name) === true),
  );
  const accumulators = resolveAccumulators(cube, definition.measures);
  const levels = granularities.flatMap((granularity): Level[] => {
    const partition = definition.levels[granularity];
    const isKept =
      granularity !== "quarterHour" || zones.some((zone) => isPartOfHourApart(timezone, zone));
    return partition === undefined || !isKept ? [] : [{ granularity, partition }];
  });
  return {
    cube: cube.name,
    name: rollupName,
    timezone,
    timeField: time.field,
    dimensions,
    accumulators,
    levels,
    fields: fieldsSignature(cube, { timeField: time.field, dimensions, accumulators }),
  };
}

/** Signatures of a cube by the fields they are of: every query asks for those of its candidates. */
const signatures = new WeakMap<CubeDefinition, Map<string, string>>();

/**
 * The definitions of the fields that a rollup keeps, as text. Two cubes with equal signatures store
 * a field's values alike; a different scale or source makes another text. O(fields), memoised.
 */
export function fieldsSignature(
  cube: CubeDefinition,
  rollup: Pick<StoredRollup, "timeField" | "dimensions" | "accumulators">,
): string {
  const names = new Set([rollup.timeField]);
  for (const dimension of rollup.dimensions) names.add(dimension.field);
  for (const { field, filters = [] } of rollup.accumulators) {
    if (field !== undefined) names.add(field);
    for (const filter of filters) names.add(filter.field);
  }
  let known = signatures.get(cube);
  if (known === undefined) signatures.set(cube, (known = new Map()));
  const key = JSON.stringify([...names]);
  let signature = known.get(key);
  if (signature === undefined) {
    for (const name of names) {
      const definition = ownField(cube, name);
      if (definition?.type === "product") for (const factor of definition.of) names.add(factor);
    }
    signature = canonicalJson(fieldDefinitions(cube, [...names]));
    if (known.size >= SIGNATURES_MAX) known.clear();
    known.set(key, signature);
  }
  return signature;
}

/** The cube's table, then name and full definition of each field, in order of names. */
export function fieldDefinitions(cube: CubeDefinition, names: readonly string[]): unknown[] {
  const fields = [...names].sort().map((name) => {
    const definition = ownField(cube, name);
    return [name, definition && { ...definition, from: fieldSource(name, definition) }];
  });
  return [cube.table, ...fields];
}

/**
 * The identity of what a generation holds: equal for rollups whose tiles are interchangeable. Titles
 * and expected cardinalities do not matter. 32 hex digits.
 */
export function fingerprint(rollup: StoredRollup): string {
  return hashText(
    canonicalJson({
      ...rollup,
      dimensions: rollup.dimensions.map(({ name, type, field }) => ({ name, type, field })),
    }),
  );
}

function fieldSource(
  name: string,
  definition: { type: string; from?: string },
): string | undefined {
  return definition.type === "product" ? undefined : (definition.from ?? name);
}

function resolveDimension(
  cube: CubeDefinition,
  name: string,
  isTogether: boolean,
): RollupDimension {
  const dimension: DimensionDefinition | undefined = Object.hasOwn(cube.dimensions, name)
    ? cube.dimensions[name]
    : undefined;
  if (dimension === undefined || dimension.type === "time") {
    throw new RollupsError("InvalidDefinition", `${cube.name}.${name} cannot be kept by a rollup`);
  }
  const { field } = dimension;
  const type = isTogether && dimension.type === "strings" ? "stringSet" : dimension.type;
  return { name, type, field, cardinality: cardinalityOf(dimension) };
}

function resolveAccumulators(
  cube: CubeDefinition,
  measures: readonly string[],
): StoredAccumulator[] {
  const byColumn = new Map<string, StoredAccumulator>([
    ["count", { column: "count", kind: "count" }],
  ]);
  for (const name of measures) {
    const measure = Object.hasOwn(cube.measures, name) ? cube.measures[name] : undefined;
    if (measure === undefined) {
      throw new RollupsError("InvalidDefinition", `${cube.name} has no measure ${name}`);
    }
    for (const accumulator of measurePlan(cube, name, measure).accumulators) {
      if (accumulator.kind === "values") {
        throw new RollupsError("InvalidDefinition", `No rollup keeps ${cube.name}.${name}`);
      }
      const stored = accumulator as StoredAccumulator;
      if (!byColumn.has(stored.column)) byColumn.set(stored.column, stored);
    }
  }
  return [...byColumn.values()];
}
