/**
 * Whether a rollup keeps what a query asks for: its dimensions, measures and filters, as the cube defines
 * them today.
 */
import { sameJson } from "../hash/canonical.js";
import type { CubeDefinition } from "../model/cube.js";
import { fieldsSignature } from "../resolve/resolveRollup.js";
import type { RollupDimension, StoredRollup } from "../model/rollup.js";
import { divides } from "../time/calendar.js";
import { isClockPart } from "../time/clock.js";
import { sameZone } from "../time/zone.js";
import type { CompiledQuery } from "../query/compile.js";
import { dimensionTests } from "../query/filterTest.js";
import { shortName } from "../query/normalizedQuery.js";
import type { Refusal } from "./plan.js";

/**
 * Why the rollup cannot tell the query's members, or null. `tenantZone` is the one that measures' own
 * filters on hours of day and weekdays are in.
 */
export function membersRefusal(
  compiled: CompiledQuery,
  rollup: StoredRollup,
  tenantZone = rollup.timezone,
): Refusal | null {
  return (
    ungroupedRefusal(compiled) ??
    memberRefusal(compiled, rollup) ??
    fanOutRefusal(compiled, rollup) ??
    filteredRefusal(compiled, rollup, tenantZone) ??
    definitionRefusal(compiled, rollup)
  );
}

function ungroupedRefusal({ query }: CompiledQuery): Refusal | null {
  return query.ungrouped ? { code: "Ungrouped", message: "keeps no single records" } : null;
}

function memberRefusal(
  { cube, query, filtered, measures }: CompiledQuery,
  rollup: StoredRollup,
): Refusal | null {
  for (const name of query.dimensions) {
    if (!tells(cube, rollup, name)) {
      return { code: "MissingDimension", message: `does not keep ${name}`, member: name };
    }
  }
  if (query.time !== null) {
    const { dimension } = query.time;
    const definition = cube.dimensions[shortName(dimension)];
    if (definition?.type !== "time" || definition.field !== rollup.timeField) {
      return {
        code: "MissingDimension",
        message: `is not bucketed by ${dimension}`,
        member: dimension,
      };
    }
  }
  for (const { name, plan } of measures) {
    const stored = plan.accumulators.every(({ column }) =>
      rollup.accumulators.some((accumulator) => accumulator.column === column),
    );
    const counts = plan.distinct.every(
      (name) => tells(cube, rollup, name) && dimensionOf(cube, rollup, name)?.type !== "stringSet",
    );
    if (!stored || !counts) {
      return { code: "MissingMeasure", message: `does not keep ${name}`, member: name };
    }
  }
  for (const { name } of filtered) {
    const member = `${cube.name}.${name}`;
    if (!tells(cube, rollup, member)) {
      return {
        code: "FilterNotCovered",
        message: `cannot filter by ${member}, which it does not keep`,
        member,
      };
    }
  }
  return null;
}

/**
 * A record counts in one cell per value of a multi-valued dimension, unless its values are kept
 * together. Adding up such cells counts it several times, unless the dimension is grouped by, or pinned
 * to one value.
 */
function fanOutRefusal(
  { query, filters, distinct }: CompiledQuery,
  rollup: StoredRollup,
): Refusal | null {
  for (const dimension of rollup.dimensions) {
    const member = `${rollup.cube}.${dimension.name}`;
    if (dimension.type !== "strings" || query.dimensions.includes(member)) continue;
    const tests = dimensionTests(filters).filter((test) => test.dimension.name === dimension.name);
    const [test] = tests;
    const pinned = tests.length === 1 && test?.isPin === true && filters.includes(test);
    // Pinned cells know the record's other values no more, so they cannot be counted.
    const counted = distinct.some(({ name }) => name === dimension.name);
    if (pinned && !counted) continue;
    return {
      code: "FanOut",
      message: `counts a record once for each ${member}; group by it, or filter on exactly one`,
      member,
    };
  }
  return null;
}

/** What a measure's own filters let pass is stored, by the hours and weekdays of the generation's zone. */
function filteredRefusal(
  { measures }: CompiledQuery,
  rollup: StoredRollup,
  tenantZone: string,
): Refusal | null {
  if (sameZone(rollup.timezone, tenantZone)) return null;
  const member = measures.find(({ plan }) =>
    plan.accumulators.some(({ filters = [] }) => filters.some(({ type }) => isClockPart(type))),
  )?.name;
  if (member === undefined) return null;
  return {
    code: "ZoneMismatch",
    message: `keeps ${member} in ${rollup.timezone}, not in ${tenantZone}`,
    member,
  };
}

function definitionRefusal(
  { cube, measures }: CompiledQuery,
  rollup: StoredRollup,
): Refusal | null {
  if (fieldsSignature(cube, rollup) !== rollup.fields) {
    return {
      code: "DefinitionChanged",
      message: "was built when the cube read its fields differently",
    };
  }
  const member = measures.find(({ plan }) =>
    plan.accumulators.some((wanted) => {
      const stored = rollup.accumulators.find(({ column }) => column === wanted.column);
      return !sameJson(stored, wanted);
    }),
  )?.name;
  if (member === undefined) return null;
  return {
    code: "DefinitionChanged",
    message: `was built when ${member} was defined differently`,
    member,
  };
}

/** Whether the rollup keeps a dimension, or has buckets of time that are fine enough to tell it. */
function tells(cube: CubeDefinition, rollup: StoredRollup, member: string): boolean {
  if (dimensionOf(cube, rollup, member) !== undefined) return true;
  const definition = cube.dimensions[shortName(member)];
  if (!isClockPart(definition?.type) || definition.field !== rollup.timeField) return false;
  const coarsest = definition.type === "weekday" ? "day" : "hour";
  return rollup.levels.some(({ granularity }) => divides(granularity, coarsest));
}

/** The stored dimension that a member means today, or undefined if it was stored as something else. */
export function dimensionOf(
  cube: CubeDefinition,
  rollup: StoredRollup,
  member: string,
): RollupDimension | undefined {
  const name = shortName(member);
  const definition = cube.dimensions[name];
  return rollup.dimensions.find(
    (dimension) =>
      dimension.name === name &&
      (dimension.type === "stringSet" ? "strings" : dimension.type) === definition?.type &&
      dimension.field === definition.field,
  );
}
