// @vitest-environment edge-runtime
/**
 * The records behind a figure: pages list what an answer counts, read a bounded number of records, and stay
 * within the tenant. What was changed or removed can be put back, and the figures follow.
 */
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { FILTER_VALUES_MAX, FILTERS_MAX, PAGE_RECORDS_MAX } from "../../convex/sources/page.js";
import { isNoneOf, isOneOf } from "../../src/dashboard/model/filters.js";
import { totalsQuestion } from "../../src/dashboard/model/questions.js";
import { listingOf } from "../../src/dashboard/records/listing.js";
import { outcomeOf } from "../hostile/support/outcome.js";
import { foldAll, load, NOW, startBackend, stockRow, tenantOf, watchRow } from "./harness.js";

/** What the screen asks beside the count. */
const headline = ["watch.count", "watch.durationSeconds", "watch.averageDuration"];
const HOUR = 3_600_000;
type Member = Awaited<ReturnType<typeof tenantOf>>;
type Filter = { member: string; operator: string; values: string[] };

interface Asked {
  tenantId?: string;
  cube?: string;
  from?: number | null;
  to?: number | null;
  filters?: Filter[];
  order?: "asc" | "desc";
  numItems?: number;
  cursor?: string | null;
  endCursor?: string | null;
}

async function pageOf(member: Member, asked: Asked = {}) {
  const { numItems = 50, cursor = null, endCursor = null, ...rest } = asked;
  return await member.query(api.records.page, {
    ...{ tenantId: "acme", cube: "watch", from: null, to: null, filters: [], order: "desc" },
    ...rest,
    paginationOpts: { numItems, cursor, endCursor },
  });
}

/** All pages, one after the other. */
async function allOf(member: Member, asked: Asked = {}) {
  const records = [];
  const reads: number[] = [];
  for (let cursor: string | null = null; ;) {
    const { page, isDone, continueCursor } = await pageOf(member, { ...asked, cursor });
    expect(page).toHaveLength(1);
    records.push(...page[0]!.records);
    reads.push(page[0]!.read);
    if (isDone) return { records, reads };
    cursor = continueCursor;
  }
}

/** Records of three days, whose values go round at different speeds. */
async function world(timezone = "America/New_York") {
  const t = startBackend();
  const ann = await tenantOf(t, "acme", { timezone });
  const topics = [[], ["Drama"], ["Drama", "Rain"], ["Rain", "Snow"], ["Snow"]];
  const rows = Array.from({ length: 70 }, (_, i) =>
    watchRow({
      ...{ watchedAt: NOW - i * HOUR, category: `c${i % 3}`, channel: i % 4 ? "A" : "" },
      ...{ topics: topics[i % 5], durationSeconds: i },
    }),
  );
  await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows });
  await foldAll(t);
  return { t, ann, rows };
}

describe("a page of records", () => {
  test("has them by time, newest or oldest first, without gap or repetition", async () => {
    const { ann, rows } = await world();
    const newest = await allOf(ann, { numItems: 9 });
    expect(newest.records.map(({ row }) => row)).toEqual(rows);
    expect(newest.reads.slice(0, 7)).toEqual(Array.from({ length: 7 }, () => 9));
    const oldest = await allOf(ann, { numItems: 9, order: "asc" });
    expect(oldest.records.map(({ id }) => id)).toEqual(
      newest.records.map(({ id }) => id).reverse(),
    );
  });

  test("is of a period, whose end is not in it", async () => {
    const { ann } = await world();
    const { records } = await allOf(ann, { from: NOW - 20 * HOUR, to: NOW - 10 * HOUR });
    expect(records.map(({ row }) => row.watchedAt)).toEqual(
      Array.from({ length: 10 }, (_, i) => NOW - (11 + i) * HOUR),
    );
    expect((await allOf(ann, { from: NOW, to: NOW })).records).toEqual([]);
    expect((await allOf(ann, { from: NOW + 1 })).records).toEqual([]);
  });

  test.each([
    [[{ member: "watch.category", operator: "equals", values: ["c1"] }]],
    [[{ member: "watch.category", operator: "equals", values: ["c1", "c2", "none"] }]],
    [[{ member: "watch.category", operator: "notEquals", values: ["c1"] }]],
    [[{ member: "watch.channel", operator: "equals", values: [""] }]],
    [[{ member: "watch.topic", operator: "equals", values: ["Drama", "Rain"] }]],
    [[{ member: "watch.topic", operator: "notEquals", values: ["Rain"] }]],
    [[{ member: "watch.hourOfDay", operator: "equals", values: ["7", "0"] }]],
    [[{ member: "watch.weekday", operator: "notEquals", values: ["7"] }]],
    [
      [
        { member: "watch.topic", operator: "equals", values: ["Rain"] },
        { member: "watch.category", operator: "notEquals", values: ["c0"] },
        { member: "watch.weekday", operator: "equals", values: ["6", "7"] },
      ],
    ],
  ])("lists as many as an answer counts: %j", async (filters) => {
    const { ann } = await world();
    const { records, reads } = await allOf(ann, { filters, numItems: 20 });
    const counted = await load(ann, { measures: ["watch.count"], filters });
    expect(records.length).toBeGreaterThan(0);
    expect(records.length).toBeLessThan(70);
    expect(counted.data).toEqual([{ "watch.count": records.length }]);
    expect(reads.reduce((sum, read) => sum + read, 0)).toBe(70);
  });

  test.each([
    [{}, "watch.totals@1"],
    [{ category: isOneOf(["c1", "c2"]) }, "watch.by_category@1"],
    [{ topic: isOneOf(["Rain"]), channel: isOneOf(["A"]) }, "watch.by_topic_and_channel@1"],
    [{ category: isNoneOf(["c1", "c2"]) }, "watch.by_category@1"],
  ] as const)("made from a figure's question %j is what its rollup counts", async (filters, by) => {
    const timezone = "America/New_York";
    const { ann } = await world(timezone);
    const span = { from: "2026-02-27", to: "2026-02-28" };
    const question = totalsQuestion({ cube: "watch", span, filters }, headline);
    const { records } = await allOf(ann, { ...listingOf(question, "watch", timezone) });
    const { data, servedBy } = await load(ann, question);
    expect(data).toMatchObject([{ "watch.count": records.length }]);
    expect(records.length).toBeGreaterThan(4);
    expect(servedBy).toBe(by);
    const days = records.map(({ row }) => Number(row.watchedAt));
    expect(Math.max(...days)).toBeLessThan(Date.UTC(2026, 2, 1, 5));
    expect(Math.min(...days)).toBeGreaterThanOrEqual(Date.UTC(2026, 1, 27, 5));
  });

  test("reads no more than it says, however few match", async () => {
    const { ann } = await world();
    const filters = [{ member: "watch.category", operator: "equals", values: ["nowhere"] }];
    const { found, documentsRead } = await ann.query(async (ctx) => {
      const args = {
        tenantId: "acme",
        cube: "watch",
        from: null,
        to: null,
        order: "desc" as const,
      };
      const asked = { ...args, filters, paginationOpts: { numItems: 30, cursor: null } };
      const found = await ctx.runQuery(api.records.page, asked);
      return { found, documentsRead: (await ctx.meta.getTransactionMetrics()).documentsRead.used };
    });
    expect(found.page).toEqual([{ records: [], read: 30 }]);
    expect(found.isDone).toBe(false);
    // The records, and the membership.
    expect(documentsRead).toBeLessThanOrEqual(32);
  });

  test("has a bound on records, filters and values, and says so by code", async () => {
    const { ann } = await world();
    const one = { member: "watch.category", operator: "equals", values: ["c1"] };
    const many = (count: number) => Array.from({ length: count }, (_, i) => `v${i}`);
    for (const good of [
      { numItems: PAGE_RECORDS_MAX },
      { filters: Array.from({ length: FILTERS_MAX }, () => one) },
      { filters: [{ ...one, values: many(FILTER_VALUES_MAX) }] },
    ]) {
      expect(await outcomeOf(pageOf(ann, good))).toMatchObject({ kind: "value" });
    }
    for (const [asked, code] of [
      [{ numItems: PAGE_RECORDS_MAX + 1 }, "InvalidQuery"],
      [{ numItems: 0 }, "InvalidQuery"],
      [{ numItems: -1 }, "InvalidQuery"],
      [{ numItems: 1.5 }, "InvalidQuery"],
      [{ numItems: NaN }, "InvalidQuery"],
      [{ filters: Array.from({ length: FILTERS_MAX + 1 }, () => one) }, "InvalidQuery"],
      [{ filters: [{ ...one, values: many(FILTER_VALUES_MAX + 1) }] }, "InvalidQuery"],
      [{ filters: [{ ...one, member: "watch.count" }] }, "InvalidQuery"],
      [{ filters: [{ ...one, member: "watch.watchedAt" }] }, "InvalidQuery"],
      [{ filters: [{ ...one, member: "watch.__proto__" }] }, "InvalidQuery"],
      [{ filters: [{ ...one, member: "inventory.category" }] }, "InvalidQuery"],
      [{ filters: [{ ...one, operator: "contains" }] }, "UnsupportedOperator"],
      [{ cursor: "x" }, "InvalidCursor"],
      [{ cursor: "5" }, "InvalidCursor"],
      [{ endCursor: "x" }, "InvalidCursor"],
      [{ cube: "memberships" }, "UnknownCube"],
      [{ cube: "__proto__" }, "UnknownCube"],
    ] as const) {
      const outcome = await outcomeOf(pageOf(ann, asked as Asked));
      expect(outcome, JSON.stringify(asked).slice(0, 80)).toMatchObject({ kind: "refused", code });
    }
  });

  test("has nothing of another tenant, whatever the range", async () => {
    const { t, ann } = await world();
    const bob = await tenantOf(t, "globex", { subject: "bob" });
    const row = watchRow({ category: "c1", title: "Not acme's" });
    await bob.mutation(api.watch.record, { tenantId: "globex", row });
    const theirs = await pageOf(bob, { tenantId: "globex" });
    expect(theirs.page[0]!.records.map((record) => record.row)).toEqual([row]);
    const { records } = await allOf(ann);
    expect(records.filter((record) => record.row.title === "Not acme's")).toEqual([]);
    expect(await outcomeOf(pageOf(ann, { tenantId: "globex" }))).toMatchObject({
      code: "Forbidden",
    });
  });
});

describe("what is taken back", () => {
  test("a removal: the returned row is recorded again, with its key, and counts as before", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const row = stockRow({ key: "k", quantity: 7, unitCost: 2.25 });
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: stockRow() });
    const { id } = await ann.mutation(api.inventory.record, { tenantId: "acme", row });
    const query = { measures: ["inventory.count", "inventory.value"] };
    const before = (await load(ann, query)).data;

    const removed = await ann.mutation(api.inventory.remove, { tenantId: "acme", id });
    expect(removed.row).toEqual(row);
    expect((await load(ann, query)).data).toEqual([
      { "inventory.count": 1, "inventory.value": 1.5 },
    ]);
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: removed.row });
    for (const isFolded of [false, true]) {
      if (isFolded) await foldAll(t);
      expect((await load(ann, query)).data).toEqual(before);
    }
    const { records } = await allOf(ann, { cube: "inventory" });
    expect(records.map((record) => record.row)).toContainEqual(row);
  });

  test("a change: what it returns is the patch that undoes it, of the fields it named alone", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const row = watchRow({ topics: ["Rain", "Snow"], durationSeconds: 12.5 });
    const { id } = await ann.mutation(api.watch.record, { tenantId: "acme", row });
    const query = { measures: ["watch.durationSeconds"] };
    const patch = { topics: [], durationSeconds: 99, title: row.title };
    const { before } = await ann.mutation(api.watch.update, { tenantId: "acme", id, patch });
    expect(before).toEqual({ topics: row.topics, durationSeconds: 12.5, title: row.title });
    expect((await load(ann, query)).data).toEqual([{ "watch.durationSeconds": 99 }]);
    await ann.mutation(api.watch.update, { tenantId: "acme", id, patch: before });
    expect((await load(ann, query)).data).toEqual([{ "watch.durationSeconds": 12.5 }]);
    expect((await allOf(ann)).records).toEqual([{ id, row }]);
  });
});
