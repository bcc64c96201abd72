// @vitest-environment edge-runtime
/** Every bound at its edge: the largest that is accepted, and one more, refused by its code. */
import { describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { answerLimits } from "../../convex/components/rollups/limits/answers.js";
import { QUERY_CHARACTERS_MAX, QUERY_DEPTH_MAX, QUERY_VALUES_MAX } from "../../lib/query/bounds.js";
import { changesPerWindow, WINDOW_MS } from "../../convex/sources/writeRate.js";
import {
  foldAll,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
  inside,
} from "../convex/harness.js";
import { outcomeOf } from "./support/outcome.js";
import { tooMuch } from "./support/queries.js";
import { nested } from "./support/values.js";

const tenantId = "acme";
type Member = Awaited<ReturnType<typeof tenantOf>>;
const batch = (member: Member, rows: unknown[]) =>
  outcomeOf(member.mutation(api.inventory.recordBatch, { tenantId, rows }));
const asked = (member: Member, query: unknown) => outcomeOf(load(member, query));

describe("query JSON", () => {
  test.each(Object.entries(tooMuch))("%s: InvalidQuery, in few words", async (_name, query) => {
    const t = startBackend();
    const ann = await tenantOf(t);
    for (const reference of [
      api.aggregates.load,
      api.aggregates.rows,
      api.aggregates.explain,
    ] as const) {
      const outcome = await outcomeOf(ann.query(reference, { tenantId, query: query as never }));
      expect(outcome).toMatchObject({ kind: "refused", code: "InvalidQuery" });
      expect(JSON.stringify(outcome).length).toBeLessThan(2000);
    }
  });

  test("depth, values and characters at their bounds are read, one more is not", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const values = (count: number) => ({ measures: Array.from({ length: count - 1 }, () => 0) });
    const characters = (count: number) => ({ measures: ["x".repeat(count - "measures".length)] });
    const refusals = [
      [nested(QUERY_DEPTH_MAX), "nested deeper"],
      [values(QUERY_VALUES_MAX), `${QUERY_VALUES_MAX} values`],
      [characters(QUERY_CHARACTERS_MAX), `${QUERY_CHARACTERS_MAX} characters`],
    ] as const;
    for (const [query, word] of refusals) {
      expect(JSON.stringify(await asked(ann, query))).not.toContain(word);
    }
    for (const [query, word] of [
      [nested(QUERY_DEPTH_MAX + 1), "nested deeper"],
      [values(QUERY_VALUES_MAX + 1), `${QUERY_VALUES_MAX} values`],
      [characters(QUERY_CHARACTERS_MAX + 1), `${QUERY_CHARACTERS_MAX} characters`],
    ] as const) {
      expect(await asked(ann, query)).toMatchObject({
        code: "InvalidQuery",
        data: { message: expect.stringContaining(word) as string },
      });
    }
  });
});

describe("an answer", () => {
  test("of more rows than a list holds on Convex is refused, and can be paged", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await foldAll(t);
    const rows = Array.from({ length: 500 }, (_, i) =>
      stockRow({ product: `p${i}`, category: `c${i % 20}`, quantity: i }),
    );
    for (let day = 0; day < 17; day++) {
      const placed = rows.map((row) => ({ ...row, occurredAt: NOW - day * 86_400_000 }));
      expect(await batch(ann, placed)).toMatchObject({ value: { accepted: 500 } });
    }
    await foldAll(t);
    const query = {
      measures: ["inventory.quantity"],
      dimensions: ["inventory.product"],
      timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "day" }],
    };
    expect(await asked(ann, query)).toMatchObject({
      code: "TooManyRows",
      data: { rows: 8500, rowsMax: 8192 },
    });
    const page = await load(ann, { ...query, limit: 8192, offset: 400, total: true });
    expect([page.data.length, page.total]).toEqual([8100, 8500]);
  });

  test("that would read too many tiles is refused before it reads them", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await foldAll(t);
    await batch(ann, [stockRow()]);
    await foldAll(t);
    const query = {
      measures: ["inventory.quantity"],
      dimensions: ["inventory.product"],
      timeDimensions: [
        {
          dimension: "inventory.occurredAt",
          granularity: "day",
          dateRange: ["2016-01-01", "2026-12-31"],
        },
      ],
    };
    expect((await load(ann, query)).servedBy).toBe("inventory.by_product@1");
    // As if ten years of months held thirty full chunks each.
    await inside(t, async (ctx) => {
      const tile = await ctx.db
        .query("rollupTiles")
        .withIndex("by_partition", (q) =>
          q
            .eq("tenantId", tenantId)
            .eq("rollup", "inventory.by_product")
            .eq("generation", 1)
            .eq("granularity", "day"),
        )
        .first();
      const { _id, _creationTime, ...fields } = tile!;
      const names = Array.from({ length: 60 }, (_, i) => `${"long name ".repeat(4)}${i}`);
      const repeated = <T>(record: Record<string, T[]>) =>
        Object.fromEntries(
          Object.entries(record).map(([name, [value]]) => [name, names.map(() => value!)]),
        );
      for (let month = 0; month < 120; month++) {
        await ctx.db.insert("rollupTiles", {
          ...fields,
          dimensions: { ...repeated(fields.dimensions), product: names },
          columns: repeated(fields.columns),
          partitionStart: Date.UTC(2016, month, 1),
          chunk: 29,
        });
      }
    });
    const refused = await asked(ann, query);
    expect(refused).toMatchObject({
      code: "QueryTooLarge",
      data: { estimatedMsMax: answerLimits.workUs / 1000, documentsMax: answerLimits.documents },
    });
    const { estimatedMs, days } = (
      refused as unknown as { data: { estimatedMs: number; days: number } }
    ).data;
    expect(estimatedMs * 1000).toBeGreaterThan(answerLimits.workUs);
    // About the part of the ten years that would do.
    expect(days).toBeGreaterThan(10);
    expect(days).toBeLessThan(3650 / 2);
    const work = await ann.query(async (ctx) => {
      await outcomeOf(ctx.runQuery(api.aggregates.load, { tenantId, query: query as never }));
      return await ctx.meta.getTransactionMetrics();
    });
    expect(work.documentsRead.used).toBeLessThan(40);
    // The same question in few tiles is answered.
    expect((await load(ann, { ...query, timeDimensions: [] })).data).toHaveLength(1);
  });

  test("that the platform itself stops is refused with a code", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await batch(ann, [stockRow(), stockRow()]);
    const reads = await outcomeOf(
      ann.query(async (ctx) => {
        await ctx.runQuery(
          api.aggregates.load,
          { tenantId, query: { measures: ["inventory.count"] } },
          { transactionLimits: { documentsRead: 2 } },
        );
      }),
    );
    expect(reads).toMatchObject({ code: "QueryTooLarge" });
    const writes = await outcomeOf(
      ann.mutation(async (ctx) => {
        await ctx.runMutation(
          api.inventory.record,
          { tenantId, row: stockRow() },
          { transactionLimits: { documentsWritten: 1 } },
        );
      }),
    );
    expect(writes).toMatchObject({ code: "TransactionBudget" });
  });
});

describe("rows", () => {
  const full = { title: "t".repeat(512), channel: "c".repeat(512), viewer: "v".repeat(512) };

  test("a row holds 4,096 characters of text, and not one more", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const row = watchRow({ ...full, videoId: "i".repeat(512), category: "k".repeat(512) });
    const rest = 4096 - 5 * 512;
    const topics = [...Array.from({ length: Math.floor(rest / 512) }, () => "o".repeat(512))];
    const record = (extra: string[]) =>
      outcomeOf(
        ann.mutation(api.watch.record, {
          tenantId,
          row: { ...row, topics: [...topics, ...extra] },
        }),
      );
    expect(await record([])).toMatchObject({ kind: "value" });
    expect(await record(["x"])).toMatchObject({ code: "InvalidRow" });
  });

  test("a batch of the largest rows is stored as far as it fits, the rest is rejected", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const row = watchRow({
      ...full,
      topics: Array.from({ length: 4 }, () => "\u4e00".repeat(512)),
    });
    const rows = Array.from({ length: 1000 }, (_, i) => ({ ...row, videoId: `v${i}` }));
    const result = await ann.mutation(api.watch.recordBatch, { tenantId, rows });
    expect(result.accepted).toBeGreaterThan(200);
    expect(result.accepted + result.rejected.length).toBe(1000);
    expect(new Set(result.rejected.map(({ code }) => code))).toEqual(
      new Set(["TransactionBudget"]),
    );
    const page = await ann.query(api.sources.page, { tenantId, cube: "watch", cursor: null });
    expect(page.facts.length).toBeGreaterThan(0);
  });

  test("what a refusal echoes is clipped", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const long = "x".repeat(10_000);
    const refusals = [
      await batch(ann, [{ [long.slice(0, 1000)]: 1 }]),
      await asked(ann, { [long.slice(0, 1000)]: 1 }),
      await asked(ann, { measures: [`watch.${long}`] }),
      await asked(ann, { measures: ["watch.count"], order: { [long.slice(0, 1000)]: "up" } }),
      await outcomeOf(ann.query(api.sources.page, { tenantId, cube: long, cursor: null })),
      await outcomeOf(ann.query(api.sources.page, { tenantId, cube: "watch", cursor: long })),
      await outcomeOf(ann.mutation(api.rollups.rebuild, { tenantId, cube: long })),
      await outcomeOf(
        ann.mutation(api.rollups.refresh, { tenantId, cube: "watch", dateRange: [long, long] }),
      ),
    ];
    for (const refusal of refusals) expect(JSON.stringify(refusal).length).toBeLessThan(3000);
  });
});

describe("write limits", () => {
  const most = changesPerWindow.editor!;
  const rows = Array.from({ length: 1000 }, () => stockRow());

  /** Between two batches: all of a flood lies in one window. */
  const STEP_MS = 10;

  async function flood(role: "editor" | "service") {
    const t = startBackend();
    const member = await tenantOf(t, tenantId, { role });
    for (let sent = 0; sent < most; sent += rows.length) {
      expect(await batch(member, rows)).toMatchObject({ value: { accepted: 1000 } });
      vi.setSystemTime(Date.now() + STEP_MS);
    }
    return { t, member, next: await batch(member, rows) };
  }

  test("an editor's batches wait once the tenant had its share, and say how long", async () => {
    const { t, member, next } = await flood("editor");
    expect(next).toMatchObject({
      code: "TooManyWrites",
      data: { changesMax: most, windowMs: WINDOW_MS },
    });
    const { retryAfterMs } = (next as unknown as { data: { retryAfterMs: number } }).data;
    expect(retryAfterMs).toBeGreaterThan(WINDOW_MS - (most / rows.length + 1) * STEP_MS);
    expect(retryAfterMs).toBeLessThanOrEqual(WINDOW_MS);
    // A single record is not a flood, another tenant has its own share, and time passes.
    await member.mutation(api.inventory.record, { tenantId, row: stockRow() });
    const bob = await tenantOf(t, "globex", { role: "editor", subject: "bob" });
    await bob.mutation(api.inventory.recordBatch, { tenantId: "globex", rows });
    vi.setSystemTime(Date.now() + retryAfterMs);
    expect(await batch(member, rows.slice(1))).toMatchObject({ value: { accepted: 999 } });
  });

  test("an import by a service account is never refused", async () => {
    expect((await flood("service")).next).toMatchObject({ value: { accepted: 1000 } });
  });

  test("looking costs a batch one look and no read dependency; a single record does not look", async () => {
    const t = startBackend();
    const editor = await tenantOf(t, tenantId, { role: "editor" });
    const admin = await tenantOf(t, tenantId, { role: "admin", subject: "admin" });
    const reads = (member: Member, reference: "record" | "recordBatch") =>
      member.mutation(async (ctx) => {
        if (reference === "record") {
          await ctx.runMutation(api.inventory.record, { tenantId, row: stockRow() });
        } else {
          await ctx.runMutation(api.inventory.recordBatch, { tenantId, rows: [stockRow()] });
        }
        const { databaseQueries, documentsRead } = await ctx.meta.getTransactionMetrics();
        return { ranges: databaseQueries.used, documents: documentsRead.used };
      });
    await reads(editor, "recordBatch");
    const unlimited = await reads(admin, "recordBatch");
    const limited = await reads(editor, "recordBatch");
    // convex-test counts what stale snapshots read; a deployment does not.
    expect(limited.ranges - unlimited.ranges).toBeLessThanOrEqual(1);
    expect(await reads(editor, "record")).toEqual(await reads(admin, "record"));
  });
});

test("numbers that are none count as none", async () => {
  const t = startBackend();
  const ann = await tenantOf(t);
  await batch(ann, [stockRow()]);
  for (const limit of [NaN, Infinity, -Infinity, -0, 1e308, 0.5]) {
    expect(await ann.query(api.activity.recent, { tenantId, limit })).toHaveLength(1);
  }
});
