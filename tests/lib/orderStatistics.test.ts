/** Exact percentiles, ranks and records by their place: from trees and what they lack, as from a full sort. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import type { Change } from "../../lib/fold/change.js";
import { nearestRank } from "../../lib/measures/nearestRank.js";
import type { Fact } from "../../lib/model/cube.js";
import { answerFromOrder } from "../../lib/order/answerFromOrder.js";
import { MergedTrees } from "../../lib/order/merged.js";
import { orderRefusal } from "../../lib/order/checks.js";
import {
  before,
  behind,
  compareEntries,
  resolveOrder,
  type Entry,
} from "../../lib/order/statistic.js";
import { compileQuery } from "../../lib/query/compile.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { defineCube, validateCatalogue } from "../../lib/resolve/defineCube.js";
import { Lists, OrderTrees } from "./fixtures/orderTrees.js";

const calls = defineCube({
  name: "calls",
  table: "calls",
  time: "at",
  fields: {
    at: { type: "time" },
    team: { type: "string", nullable: true },
    priority: { type: "integer" },
    seconds: { type: "decimal", scale: 1, nullable: true },
    topics: { type: "strings" },
  },
  dimensions: {
    at: { type: "time", field: "at" },
    team: { type: "string", field: "team" },
    priority: { type: "number", field: "priority" },
    topics: { type: "strings", field: "topics" },
  },
  measures: {
    count: { type: "count" },
    median: { type: "percentile", field: "seconds", p: 0.5, exact: true },
    p95: { type: "percentile", field: "seconds", p: 0.95, exact: true },
    best: { type: "percentile", field: "seconds", p: 0, exact: true },
  },
  rollups: {},
  orderStatistics: {
    seconds: { field: "seconds", by: ["team", "priority"] },
    byMonth: { field: "seconds", by: ["team"], granularity: "month" },
    byDay: { field: "seconds", by: [], granularity: "day" },
    all: { field: "seconds", by: [] },
  },
});
const zone = "Europe/Berlin";
const statistics = Object.keys(calls.orderStatistics ?? {}).map((name) =>
  resolveOrder(calls, name, zone),
);

const anyValue = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
/** Records by id: in which tree they are, whether they are gone, and whether the tree lacks them. */
const anyRecords = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    value: anyValue.map((value) => value + 0),
    tree: fc.nat(2),
    state: fc.constantFrom("kept", "kept", "removed", "added"),
  }),
  { selector: ({ id }) => id, maxLength: 60 },
);

describe("trees and what they lack", () => {
  const worldOf = (
    records: readonly { id: string; value: number; tree: number; state: string }[],
    trees: number,
  ) => {
    const sorted = (some: typeof records) =>
      some.map(({ id, value }): Entry => ({ id, value })).sort(compareEntries);
    const of = (state: string) => sorted(records.filter((one) => one.state === state));
    const lists = Array.from({ length: trees }, (_, i) =>
      sorted(records.filter(({ tree, state }) => state !== "added" && tree % trees === i)),
    );
    const asked = new Lists(lists);
    const merged = new MergedTrees(asked, { added: of("added"), removed: of("removed") });
    return { asked, merged, truth: sorted(records.filter(({ state }) => state !== "removed")) };
  };

  it("have at each rank, below each entry and on each page what one sorted list has", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRecords,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(70),
        fc.nat(9),
        async (records, trees, from, limit) => {
          const { merged, truth } = worldOf(records, trees);
          expect(merged.total).toBe(truth.length);
          for (const [rank, entry] of truth.entries()) {
            expect(await merged.at(rank)).toEqual(entry);
            expect(await merged.below(entry)).toBe(rank);
            const { value } = entry;
            const less = truth.filter((one) => one.value < value).length;
            expect(await merged.below(before(value))).toBe(less);
            const upTo = truth.filter((one) => one.value <= value).length;
            expect(await merged.below(behind(value))).toBe(upTo);
          }
          expect(await merged.page(from, limit)).toEqual(truth.slice(from, from + limit));
        },
      ),
      { numRuns: 400 },
    );
  });

  it("that are not as the log tells are refused by a code", async () => {
    const trees = new Lists([[{ id: "a", value: 5 }]]);
    const removed = [{ id: "b", value: 1 }];
    await expect(new MergedTrees(trees, { added: [], removed }).at(0)).rejects.toMatchObject({
      code: "InconsistentCell",
    });
  });

  it("ask one question where nothing is lacking, and a few more per change that is", async () => {
    const records = Array.from({ length: 4000 }, (_, i) => ({
      ...{ id: String(i), value: (i * 7919) % 4001, tree: i },
      state: i % 100 === 0 ? "removed" : i % 100 === 1 ? "added" : "kept",
    }));
    const bare = worldOf(
      records.filter(({ state }) => state === "kept"),
      1,
    );
    await bare.merged.at(1234);
    expect(bare.asked.questions).toBe(1);
    const lacking = worldOf(records, 1);
    await lacking.merged.at(1234);
    expect(lacking.asked.questions).toBeLessThanOrEqual(4 * Math.ceil(Math.log2(80)));
    const several = worldOf(records, 3);
    await several.merged.at(1234);
    expect(several.asked.questions).toBeLessThanOrEqual(2 * 3 * Math.ceil(Math.log2(4000)));
  });
});

describe("the rank of a percentile", () => {
  it("is that of the first value which a share p of all does not exceed, for p as it is written", () => {
    expect([0, 0.07, 0.5, 0.95, 1].map((p) => nearestRank(p, 100))).toEqual([0, 6, 49, 94, 99]);
    expect([0, 0.5, 0.51, 1].map((p) => nearestRank(p, 2))).toEqual([0, 0, 1, 1]);
    expect(nearestRank(1e-7, 10_000_001)).toBe(1);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        fc.integer({ min: 1, max: 500 }),
        (share, n) => {
          const rank = nearestRank(share / 1000, n);
          expect((rank + 1) * 1000).toBeGreaterThanOrEqual(share * n);
          if (rank > 0) expect(rank * 1000).toBeLessThan(share * n);
        },
      ),
    );
  });
});

const anyFact: fc.Arbitrary<Fact> = fc.record({
  at: fc.oneof(
    fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 3, 30) }),
    // A week that two months share.
    fc.integer({ min: Date.UTC(2026, 0, 29), max: Date.UTC(2026, 1, 1, 20) }),
  ),
  team: fc.constantFrom("a", "b", null),
  priority: fc.integer({ min: 1, max: 2 }),
  seconds: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 4 }),
  topics: fc.constant([]),
});
const measures = ["calls.median", "calls.p95", "calls.best"];
const anyQuery = fc.record(
  {
    measures: fc.subarray(measures, { minLength: 1 }),
    dimensions: fc.subarray(["calls.team", "calls.priority"]),
    timeDimensions: fc.constantFrom(
      [{ dimension: "calls.at", granularity: "month" }],
      [{ dimension: "calls.at", dateRange: ["2026-02-01", "2026-03-31"] }],
      [{ dimension: "calls.at", granularity: "quarter", dateRange: ["2026-01-01", "2026-03-31"] }],
      [{ dimension: "calls.at", dateRange: ["2026-02-03", "2026-03-31"] }],
      [{ dimension: "calls.at", granularity: "month", dateRange: ["2026-02-03", "2026-03-20"] }],
      [
        { dimension: "calls.at", granularity: "week" },
        { dimension: "calls.at", granularity: "month" },
      ],
    ),
    filters: fc.subarray([
      { member: "calls.team", operator: "notEquals", values: ["a"] },
      { member: "calls.team", operator: "set" },
      { member: "calls.priority", operator: "gt", values: ["1"] },
      { member: "calls.median", operator: "gt", values: ["1"] },
      { member: "calls.at", operator: "beforeDate", values: ["2026-03-01"] },
    ]),
    order: fc.constant([["calls.median", "desc"]]),
    limit: fc.integer({ min: 1, max: 5 }),
    total: fc.constant(true),
  },
  { requiredKeys: ["measures"] },
);

describe("an answer from an order statistic", () => {
  it("equals the one from all facts, whichever of them the trees lack, or is refused by name", async () => {
    const answered = new Map<string, number>();
    const refused = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.option(anyFact), fc.option(anyFact)), { maxLength: 40 }),
        fc.array(anyQuery, { minLength: 3, maxLength: 6 }),
        async (records, queries) => {
          const changes = records.map(([was, is], i): Change => ({
            ...{ cube: "calls", op: "update", docId: `r${i}`, docCreatedAt: i },
            ...{ before: was, after: is },
          }));
          const folded = changes.map((change): Change => ({
            ...{ ...change, op: "insert", before: null, after: change.before },
          }));
          const facts = changes.flatMap(({ after }) => (after === null ? [] : [after]));
          for (const query of queries.filter(
            ({ order, measures }) => order === undefined || measures.includes("calls.median"),
          )) {
            const normalized = normalizeQuery({ calls }, query, { timezone: zone });
            const compiled = compileQuery(calls, normalized);
            const truth = answerFromFacts(calls, normalized, zone, facts);
            for (const order of statistics) {
              const refusal = orderRefusal(compiled, order);
              if (refusal !== null) {
                refused.set(refusal.code, (refused.get(refusal.code) ?? 0) + 1);
                continue;
              }
              answered.set(order.name, (answered.get(order.name) ?? 0) + 1);
              const trees = new OrderTrees(order, folded, changes);
              const answer = await answerFromOrder(compiled, zone, trees.rows(compiled), (row) =>
                trees.treesOf(row),
              );
              expect(answer).toEqual(truth);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(Math.min(...statistics.map(({ name }) => answered.get(name) ?? 0))).toBeGreaterThan(20);
    expect([...refused.keys()].sort()).toEqual([
      "FilterNotCovered",
      "GranularityTooCoarse",
      "MissingDimension",
    ]);
  });

  it("is refused for measures of another kind, single records, a remainder, and another zone's months", () => {
    const refusal = (query: object, order = statistics[1]) => {
      const normalized = normalizeQuery({ calls }, query, { timezone: zone });
      return order && orderRefusal(compileQuery(calls, normalized), order)?.code;
    };
    expect(refusal({ measures: ["calls.count", "calls.median"] })).toBe("MissingMeasure");
    expect(refusal({ measures: ["calls.median"], ungrouped: true })).toBe("Ungrouped");
    const top = { measures: ["calls.median"], dimensions: ["calls.team"], limit: 1, others: true };
    expect(refusal(top)).toBe("MissingMeasure");
    const byMonth = {
      measures: ["calls.median"],
      timeDimensions: [{ dimension: "calls.at", granularity: "month" }],
    };
    expect(refusal({ ...byMonth, timezone: "Asia/Tokyo" })).toBe("ZoneMismatch");
    expect(refusal(byMonth)).toBeUndefined();
    const other = statistics[0] && { ...statistics[0], fields: "[]" };
    expect(refusal({ measures: ["calls.median"] }, other)).toBe("DefinitionChanged");
  });
});

describe("the definition of an order statistic", () => {
  const issuesOf = (change: object) =>
    validateCatalogue({ calls: { ...calls, ...change } as never }).map(({ path }) => path);

  it("is refused where it cannot be kept, with the path of each mistake", () => {
    const wrong = {
      field: "team",
      by: ["topics", "team", "team", "at", "nope"],
      granularity: "hour",
      freshness: { warn: 60_000 },
    };
    expect(issuesOf({ orderStatistics: { wrong } })).toEqual([
      "calls.orderStatistics.wrong.field",
      "calls.orderStatistics.wrong.granularity",
      "calls.orderStatistics.wrong.freshness",
      "calls.orderStatistics.wrong.by.0",
      "calls.orderStatistics.wrong.by.2",
      "calls.orderStatistics.wrong.by.3",
      "calls.orderStatistics.wrong.by.4",
    ]);
    expect(issuesOf({ expire: "1 year" })).toEqual(["calls.orderStatistics"]);
    const ratio = { type: "ratio", numerator: "median", denominator: "count" };
    const loose = { type: "percentile", field: "seconds", p: 95 };
    expect(issuesOf({ measures: { ...calls.measures, ratio, loose } })).toEqual([
      "calls.measures.ratio.numerator",
      "calls.measures.loose.p",
      "calls.measures.loose.exact",
    ]);
    const rollup = { dimensions: [], measures: ["median"], levels: { day: "month" } };
    expect(issuesOf({ rollups: { rollup, all: { ...rollup, measures: ["count"] } } })).toEqual([
      "calls.orderStatistics.all",
      "calls.rollups.rollup.measures.0",
    ]);
  });
});
