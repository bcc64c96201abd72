// @vitest-environment edge-runtime
/**
 * Questions of agents that no rollup answers, where no scan does either: each comes back with the nearest question, and
 * that one is answered.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import schema from "../../convex/schema.js";
import { askedOf } from "../../src/mcp/asked.js";
import { served } from "../../src/mcp/served.js";
import type { Asked, Result } from "../../src/mcp/tool.js";
import { dimensionsOf, cubeOf } from "../../src/dashboard/explore/asked.js";
import { foldAll, NOW, startBackend, stockRow, tenantOf, watchRow } from "./harness.js";

const limits: { answers: { scanRecords: number; workUs?: number } } = {
  answers: { scanRecords: 3 },
};

let asked: Asked;
let calls: string[] = [];

beforeAll(async () => {
  const t = startBackend(1, schema, { limits: () => limits });
  const ann = await tenantOf(t, "acme", { timezone: "America/New_York" });
  await foldAll(t);
  const hours = Array.from({ length: 24 }, (_, i) => Date.UTC(2026, 1, 10, i));
  const watched = hours.map((watchedAt, i) => watchRow({ channel: `c${i % 3}`, watchedAt }));
  const moved = hours.map((occurredAt, i) => stockRow({ category: `k${i % 3}`, occurredAt }));
  await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows: watched });
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: moved });
  await foldAll(t);
  asked = askedOf(api.aggregates, { tenantId: "acme" }, (query, args) => {
    calls.push(JSON.stringify(args));
    return ann.query(query, args);
  });
  return () => {
    vi.useRealTimers();
  };
});

const tool = (name: string) => served.tools.find(({ told }) => told.name === name)!;

async function call(name: string, args: object): Promise<Result> {
  return await served.answering(tool(name), { ...args }, NOW, () => asked);
}

interface Refusal {
  code: string;
  message: string;
  considered?: { rollup: string; code: string }[];
  names?: { asked: string; nearest: string[] }[];
  nearest: { query: object; changes: string[]; servedBy: string } | null;
}

async function refusalOf(query: object): Promise<Refusal> {
  const result = await call("query", { query });
  expect(result.isError, JSON.stringify(query)).toBe(true);
  return result.structuredContent["refusal"] as Refusal;
}

const dateRange = ["2026-01-01", "2026-02-28"];
const watching = (query: object, time: object = {}) => ({
  measures: ["watch.count"],
  timeDimensions: [{ dimension: "watch.watchedAt", dateRange, ...time }],
  ...query,
});

describe("the nearest question", () => {
  test.each([
    {
      asked: "finer than a rollup keeps",
      query: watching({ dimensions: ["watch.channel"] }, { granularity: "hour" }),
      code: "NoRollup",
      changes: ["by day instead of hour"],
      servedBy: "watch.by_channel@1",
    },
    {
      asked: "by a dimension that the measure has not",
      query: watching({ measures: ["watch.longest"], dimensions: ["watch.channel"] }),
      code: "NoRollup",
      changes: ["without watch.channel"],
      servedBy: "watch.totals@1",
    },
    {
      asked: "with a filter that the measure has not",
      query: watching({
        measures: ["watch.longest"],
        filters: [{ member: "watch.channel", operator: "equals", values: ["c1"] }],
      }),
      code: "NoRollup",
      changes: ["without the filter on watch.channel"],
      servedBy: "watch.totals@1",
    },
    {
      asked: "of two measures that no rollup keeps together",
      query: watching({
        measures: ["watch.viewers", "watch.longest"],
        dimensions: ["watch.category"],
      }),
      code: "NoRollup",
      changes: ["without watch.viewers"],
      servedBy: "watch.extremes_by_category@1",
    },
    {
      asked: "by days of another zone",
      query: watching(
        { dimensions: ["watch.channel"], timezone: "Asia/Kathmandu" },
        { granularity: "day" },
      ),
      code: "NoRollup",
      changes: ["in the tenant's timezone"],
      servedBy: "watch.by_channel@1",
    },
    {
      asked: "for single records",
      query: watching({ dimensions: ["watch.channel"], ungrouped: true }),
      code: "NoRollup",
      changes: ["grouped, without single records"],
      servedBy: "watch.by_channel@1",
    },
    {
      asked: "over some hours, which days do not tell",
      query: watching(
        { dimensions: ["watch.channel"] },
        { dateRange: ["2026-02-10T05:00:00.000", "2026-02-10T11:59:59.999"] },
      ),
      code: "NoRollup",
      changes: ["over whole days"],
      servedBy: "watch.by_channel@1",
    },
    {
      asked: "by names that there are not",
      query: watching({ measures: ["watch.views", "watch.longst"], dimensions: ["categry"] }),
      code: "InvalidQuery",
      changes: [
        // By its title.
        "watch.count instead of watch.views",
        "watch.longest instead of watch.longst",
        "watch.category instead of categry",
      ],
      servedBy: "watch.extremes_by_category@1",
    },
    {
      asked: "by a granularity that there is not",
      query: watching({}, { granularity: "minute" }),
      code: "UnsupportedQuery",
      changes: ["hour instead of minute"],
      servedBy: "watch.totals@1",
    },
    {
      asked: "with what is a dimension as a measure",
      query: watching({ measures: ["watch.count", "watch.channel"] }),
      code: "InvalidQuery",
      changes: ["watch.channel among dimensions"],
      servedBy: "watch.by_channel@1",
    },
    {
      asked: "of two cubes at once",
      query: watching({ measures: ["watch.count", "inventory.count"] }),
      code: "UnsupportedQuery",
      changes: ["of watch alone"],
      servedBy: "watch.totals@1",
    },
    {
      asked: "for nothing",
      query: { timeDimensions: [{ dimension: "watch.watchedAt", dateRange }], limit: -1 },
      code: "InvalidQuery",
      changes: ["without limit", "with watch.count"],
      servedBy: "watch.totals@1",
    },
  ])("of one asked $asked is told, and answered", async ({ query, code, changes, servedBy }) => {
    const refusal = await refusalOf(query);
    expect(refusal.code).toBe(code);
    expect(refusal.nearest).toMatchObject({ changes, servedBy });
    const again = await call("query", { query: refusal.nearest!.query });
    expect(again.isError).toBeUndefined();
    expect(again.structuredContent).toMatchObject({ servedBy: refusal.nearest!.servedBy });
  });
});

describe("an answer that would be too large", () => {
  test.each([
    ["over a range", { granularity: "day" }, /^over the last (day|\d+ days) of the range$/],
    ["over all time", { dateRange: undefined }, /^over the last (day|\d+ days)$/],
  ])("%s leads to a smaller one, which is answered", async (_, time, change) => {
    limits.answers.workUs = 2;
    try {
      const query = watching(
        { dimensions: ["watch.channel", "watch.category", "watch.topic"] },
        time,
      );
      const { code, nearest } = await refusalOf(query);
      expect(code).toBe("QueryTooLarge");
      expect(nearest!.changes.at(-1)).toMatch(change);
      expect((await call("query", { query: nearest!.query })).isError).toBeUndefined();
    } finally {
      delete limits.answers.workUs;
    }
  });
});

describe("a refusal", () => {
  test("of a question that nothing would answer has no other one", async () => {
    for (const query of [{}, { measures: [] }, { measures: ["qqqqqqqq.zzzzzzzz"] }]) {
      const { code, nearest } = await refusalOf(query);
      expect([code, nearest]).toEqual(["InvalidQuery", null]);
    }
  });

  test("names an argument that the tool does not take, and where the question belongs", async () => {
    const told = async (name: string, args: object) => {
      const { structuredContent } = await call(name, args);
      return (structuredContent["refusal"] as Refusal).message;
    };
    expect(await told("query", { measures: ["watch.count"] })).toContain('{ "query": { "measures"');
    expect(await told("query", { query: {}, freshnes: "live" })).toContain(
      "did you mean freshness?",
    );
    expect(await told("freshness", { cube: "watch" })).toContain("takes none");
    expect(await told("query", { query: watching({}), freshness: "old" })).toContain('"live"');
    expect(await told("query", { query: watching({}), atLeast: 5 })).toContain("as text");
    expect(await told("query", {})).toContain("missing");
  });

  test("that a commit is not reached is worth asking again as it is", async () => {
    const atLeast = "8".repeat(19);
    const { structuredContent } = await call("query", { query: watching({}), atLeast });
    expect(structuredContent["refusal"]).toMatchObject({
      ...{ code: "Behind", kind: "transient", retryAfterMs: expect.any(Number) },
    });
    expect(structuredContent["refusal"]).not.toHaveProperty("nearest");
  });

  test("of what fails without a code says nothing of it", async () => {
    const failing: Asked = { ...asked, load: () => Promise.reject(new Error("secret at x.ts:1")) };
    const args = { query: watching({}) };
    const result = await served.answering(tool("query"), args, NOW, () => failing);
    expect(JSON.stringify(result)).not.toMatch(/secret|x\.ts/);
    expect(result.structuredContent["refusal"]).toMatchObject({ code: "Internal" });
  });
});

describe("an answer", () => {
  test("of many rows is the first thousand, and says how many there are", async () => {
    const question = watching({ dimensions: ["watch.channel"] }, { granularity: "day" });
    const { structuredContent } = await call("query", { query: question });
    expect(structuredContent).toMatchObject({ rows: 6, total: 6, query: { limit: 1000 } });
    const two = await call("query", { query: { ...question, limit: 2, total: true } });
    expect(two.structuredContent).toMatchObject({ rows: 2, total: 6 });
    expect(two.content[0]!.text).toMatch(/^2 of 6 rows; exact;/);
  });

  test("to JSON within JSON, to words for a range, and to two ranges is told", async () => {
    const inWords = watching({}, { dateRange: "from 2026-02-01 to 2026-02-28" });
    const { structuredContent } = await call("query", { query: JSON.stringify(inWords) });
    expect(structuredContent).toMatchObject({ data: [{ "watch.count": 24 }] });
    const compareDateRange = [dateRange, ["2025-01-01", "2025-02-28"]];
    const compared = watching({}, { dateRange: undefined, compareDateRange });
    const both = await call("query", { query: compared });
    expect(both.structuredContent).toMatchObject({ rows: 2, servedBy: "watch.totals@1" });
    const explained = await call("explain", { query: compared });
    expect(explained.structuredContent["ranges"]).toMatchObject([
      { servedBy: "watch.totals@1" },
      { servedBy: "watch.totals@1" },
    ]);
  });
});

describe.each(["watch", "inventory"] as const)("every measure of %s by every dimension", (cube) => {
  test.each([null, "hour", "day"])(
    "over time by %s is answered, or leads to what is",
    async (granularity) => {
      const dimension = `${cube}.${cube === "watch" ? "watchedAt" : "occurredAt"}`;
      const told = { answered: 0, refused: 0, most: 0 };
      for (const measure of Object.keys(cubeOf(cube).measures)) {
        for (const name of dimensionsOf(cube)) {
          calls = [];
          const query = {
            measures: [`${cube}.${measure}`],
            dimensions: [`${cube}.${name}`],
            timeDimensions: [{ dimension, dateRange, ...(granularity && { granularity }) }],
          };
          const result = await call("query", { query });
          if (result.isError !== true) {
            told.answered++;
            continue;
          }
          told.refused++;
          told.most = Math.max(told.most, calls.length);
          const { nearest, code } = result.structuredContent["refusal"] as Refusal;
          expect([query, code, nearest === null]).toEqual([query, "NoRollup", false]);
          const again = await call("query", { query: nearest!.query });
          expect(again.structuredContent).toMatchObject({ servedBy: nearest!.servedBy });
        }
      }
      expect(told.answered).toBeGreaterThan(5);
      expect(told.refused).toBeGreaterThan(5);
      expect(told.most).toBeLessThanOrEqual(18);
    },
  );
});
