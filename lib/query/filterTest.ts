/** The filters of a query as tests of records, with their names and values looked up once. */
import type { DimensionValue } from "../model/cube.js";
import { valueTest } from "../model/filters.js";
import type { DateOperator, QueryOperator } from "../model/operators.js";
import type { RollupDimension } from "../model/rollup.js";
import { resolveRange, wallRangesOf } from "./dateRange.js";
import type { MemberFilter } from "./normalizedQuery.js";
import type { Stretch } from "./timeScopes.js";

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
 * multi-valued; "not given" is a value. `any`: one of the record's values matches. Otherwise: none does.
 * Cube's rules for nulls follow from that.
 */
export interface DimensionTest {
  kind: "dimension";
  dimension: FactDimension;
  any: boolean;
  matches: (value: DimensionValue) => boolean;
  /** Whether exactly one value passes. */
  isPin: boolean;
  /** Index of the dimension among the groups, where the condition applies to each value by itself; else -1. */
  group: number;
}

/** A condition on the time: one of the ranges holds it or, without `any`, none does. */
export interface TimeTest {
  kind: "time";
  any: boolean;
  ranges: readonly Stretch[];
  group: -1;
}

/** Several tests, of which all must pass or, without `all`, one. */
export interface TestTree {
  kind: "tree";
  all: boolean;
  tests: readonly FilterTest[];
  /** The last group that a test of it looks at, else -1. */
  group: number;
}

export type FilterTest = DimensionTest | TimeTest | TestTree;

/** What a test looks at: the values that are grouped by, the time, and the values of other dimensions. */
export interface Tested {
  chosen: readonly DimensionValue[];
  t: number;
  valuesOf: (dimension: FactDimension) => readonly DimensionValue[];
}

/** `tested.chosen` has the groups up to `test.group` at least. O(conditions). */
export function passes(test: FilterTest, tested: Tested): boolean {
  if (test.kind === "tree") {
    const { tests, all } = test;
    return all
      ? tests.every((one) => passes(one, tested))
      : tests.some((one) => passes(one, tested));
  }
  if (test.kind === "time") {
    const { t } = tested;
    return test.ranges.some(({ from, to }) => t >= from && t < to) === test.any;
  }
  const { dimension, group, any, matches } = test;
  if (group >= 0) return matches(tested.chosen[group] ?? null) === any;
  return tested.valuesOf(dimension).some(matches) === any;
}

/** The tests of dimensions among some tests. */
export function dimensionTests(tests: readonly FilterTest[]): DimensionTest[] {
  return tests.flatMap((test) => {
    if (test.kind === "tree") return dimensionTests(test.tests);
    return test.kind === "dimension" ? [test] : [];
  });
}

/** The dimensions that tests look at, each once. */
export function dimensionsOf(tests: readonly FilterTest[]): FactDimension[] {
  const all = dimensionTests(tests).map(({ dimension }) => dimension);
  return all.filter(({ name }, i) => all.findIndex((one) => one.name === name) === i);
}

/** Instants at which the test of a time may turn out differently. */
export function cutsOf(tests: readonly FilterTest[]): number[] {
  return tests.flatMap((test) => {
    if (test.kind === "tree") return cutsOf(test.tests);
    if (test.kind !== "time") return [];
    return test.ranges.flatMap(({ from, to }) => [from, to]).filter(Number.isFinite);
  });
}

export function testTree(all: boolean, tests: readonly FilterTest[]): TestTree {
  return { kind: "tree", all, tests, group: Math.max(-1, ...tests.map(({ group }) => group)) };
}

export function dimensionTest(
  { operator, values }: MemberFilter,
  dimension: FactDimension,
  groups: readonly FactDimension[],
): DimensionTest {
  const group = groups.findIndex(({ name }) => name === dimension.name);
  const isPin =
    operator === "notSet" ||
    ((operator === "equals" || operator === "in") && new Set(values).size === 1);
  const test = valueTest(operator as Exclude<QueryOperator, DateOperator>, values, dimension);
  return { kind: "dimension", dimension, ...test, isPin, group };
}

export function timeTest(filter: MemberFilter, zone: string): TimeTest {
  const { any, ranges } = wallRangesOf(filter) ?? { any: true, ranges: [] };
  return {
    kind: "time",
    any,
    ranges: ranges.map((range) => {
      const { from, to } = resolveRange(zone, range);
      return { from: from ?? -Infinity, to: to ?? Infinity };
    }),
    group: -1,
  };
}
