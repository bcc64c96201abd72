// @vitest-environment edge-runtime
/** Several questions in one call: each is answered as alone, of one snapshot, or refused by itself. */
import type { FunctionReference } from "convex/server";
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { watchRows } from "../../bench/data/rows.js";
import schema from "../../convex/schema.js";
import { foldAll, startBackend, stockRow, tenantOf, watchRow } from "./harness.js";

const tenantId = "acme";

type Member = Awaited<ReturnType<typeof tenantOf>>;

/** Documents that one function reads for some calls of it. */
async function documentsRead(ann: Member, asked: FunctionReference<"query">, calls: object[]) {
  return await ann.query(async (ctx) => {
    for (const args of calls) await ctx.runQuery(asked, args as never);
    const { documentsRead } = await ctx.meta.getTransactionMetrics();
    return documentsRead.used;
  });
}

async function open(limits: object = {}) {
  const t = startBackend(1, schema, { limits: () => limits });
  const ann = await tenantOf(t);
  await ann.mutation(api.watch.record, { tenantId, row: watchRow() });
  await ann.mutation(api.inventory.record, { tenantId, row: stockRow() });
  await foldAll(t);
  await ann.mutation(api.watch.record, { tenantId, row: watchRow() });
  const ask = (questions: { query: object; freshness?: "live" | "folded" }[]) =>
    ann.query(api.aggregates.board, { tenantId, questions });
  return { ann, t, ask };
}

const views = { query: { measures: ["watch.count"] } };
const stock = { query: { measures: ["inventory.count"], dimensions: ["inventory.category"] } };

describe("a board", () => {
  test("answers each question as rows does, by the same route", async () => {
    const { ann, ask } = await open();
    const questions = [views, stock, { ...views, freshness: "folded" as const }];
    const { answers } = await ask(questions);
    expect(answers).toEqual(
      await Promise.all(
        questions.map(async (question) => ({
          answer: await ann.query(api.aggregates.rows, { tenantId, ...question } as never),
        })),
      ),
    );
    expect(answers).toMatchObject([
      { answer: { data: [{ "watch.count": 2 }], servedBy: "watch.totals@1" } },
      { answer: { servedBy: "inventory.by_category@1" } },
      { answer: { data: [{ "watch.count": 1 }], freshness: "folded" } },
    ]);
  });

  test("refuses one question, and answers those beside it", async () => {
    const { ask } = await open();
    const { answers } = await ask([
      { query: { measures: ["watch.none"] } },
      views,
      { query: null as never },
    ]);
    expect(answers).toMatchObject([
      { refusal: { code: "InvalidQuery" } },
      { answer: { data: [{ "watch.count": 2 }] } },
      { refusal: { code: "InvalidQuery" } },
    ]);
    expect((await ask([])).answers).toEqual([]);
  });

  test("of more rows than a result holds is cut: the question that is too much is refused", async () => {
    const { ann, t, ask } = await open({ answers: { workUs: 10_000_000 } });
    for (const seed of [4, 5]) {
      const rows = [...watchRows(800, { seed, days: 60, categories: 26 })];
      await ann.mutation(api.watch.recordBatch, { tenantId, rows });
    }
    await foldAll(t);
    const all = {
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.category"],
        timeDimensions: [{ dimension: "watch.watchedAt", granularity: "day" }],
      },
    };
    const { answers } = await ask([...Array.from({ length: 23 }, () => all), views]);
    const refused = answers.map((one) => "refusal" in one);
    const first = refused.indexOf(true);
    const [whole] = answers;
    const length = whole !== undefined && "answer" in whole ? whole.answer.data.length : 0;
    expect(first).toBe(Math.floor(16_384 / length));
    expect(answers[first]).toMatchObject({ refusal: { code: "TooManyRows" } });
    // A smaller one behind it still fits.
    expect(answers.at(-1)).toMatchObject({ answer: { data: [{ "watch.count": 1602 }] } });
  });

  test("reads once what its questions have in common", async () => {
    const { ann, t, ask } = await open();
    const rows = [...watchRows(200, { seed: 5, days: 20, categories: 6 })];
    await ann.mutation(api.watch.recordBatch, { tenantId, rows: rows.slice(0, 150) });
    await foldAll(t);
    for (const row of rows.slice(150)) await ann.mutation(api.watch.record, { tenantId, row });
    const questions = ["count", "durationSeconds", "averageDuration"].flatMap((measure) => [
      { query: { measures: [`watch.${measure}`] } },
      { query: { measures: [`watch.${measure}`], dimensions: ["watch.category"] } },
    ]);
    const alone = questions.map((question) => ({ tenantId, ...question }));
    const [together, apart] = [
      await documentsRead(ann, api.aggregates.board, [{ tenantId, questions }]),
      await documentsRead(ann, api.aggregates.rows, alone),
    ];
    // The fifty rows of the log, and what says how rollups stand: once instead of six times.
    expect(apart - together).toBeGreaterThan(5 * 50);
    const { answers } = await ask(questions);
    expect(answers.map((one) => "answer" in one && one.answer)).toEqual(
      await Promise.all(alone.map((args) => ann.query(api.aggregates.rows, args as never))),
    );
  });

  test("of more questions than a screen has widgets is refused", async () => {
    const { ask } = await open();
    await expect(ask(Array.from({ length: 25 }, () => views))).rejects.toMatchObject({
      data: { code: "InvalidQuery", path: "questions" },
    });
  });

  test("gives each question its share of the time that one answer may take", async () => {
    const { ann, t, ask } = await open({ answers: { workUs: 15_000 } });
    const rows = [...watchRows(600, { seed: 3, days: 60, categories: 26 })];
    await ann.mutation(api.watch.recordBatch, { tenantId, rows });
    await foldAll(t);
    const days = {
      query: {
        measures: ["watch.count"],
        dimensions: ["watch.category"],
        timeDimensions: [{ dimension: "watch.watchedAt", granularity: "week" }],
      },
    };
    expect((await ask([days])).answers).toMatchObject([
      { answer: { servedBy: "watch.by_category@1" } },
    ]);
    expect((await ask([days, days, days, days])).answers[3]).toMatchObject({
      refusal: { code: "QueryTooLarge" },
    });
  });
});
