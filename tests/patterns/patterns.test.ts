// @vitest-environment edge-runtime
/** What is asked is reported, within bounds, rolled up, and told to admins: by the component itself. */
import { expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { LimitOverrides } from "../../src/client/index.js";
import {
  inner,
  inside,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
} from "../convex/harness.js";

const DAY_MS = 86_400_000;
const tenantId = "acme";
const total = { measures: ["inventory.count"] };
const byDay = {
  measures: ["inventory.quantity"],
  timeDimensions: [
    {
      dimension: "inventory.occurredAt",
      granularity: "day",
      dateRange: ["2026-01-01", "2026-01-31"],
    },
  ],
};

type Member = Awaited<ReturnType<typeof tenantOf>>;

async function started(limits: LimitOverrides = {}) {
  const t = startBackend(undefined, undefined, { limits: () => limits });
  const ann = await tenantOf(t);
  return { t, ann };
}

const asking = (query: unknown, more: object = {}) => ({
  ...{ query, asked: 1, route: "inventory.totals@1" },
  ...more,
});
const report = (member: Member, ...questions: ReturnType<typeof asking>[]) =>
  member.action(api.patterns.report, { tenantId, questions });
const list = (member: Member) => member.query(api.patterns.list, { tenantId });
const stored = (t: Backend, table: "patternReports" | "patterns" | "changeLog") =>
  inside(t, async (ctx) => await ctx.db.query(table).collect());
const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** As the cron does, and then what it schedules. Returns the steps that it took. */
async function rollUp(t: Backend): Promise<number> {
  let steps = 0;
  for (;;) {
    const before = await stored(t, "patternReports");
    await t.mutation(inner.patterns.rollUp.rollUp, {});
    if (before.length === 0) return steps;
    steps++;
  }
}

test("a report is one row; rolled up, its questions are patterns by form", async () => {
  const { t, ann } = await started();
  const january = asking(byDay, { asked: 5 });
  const [time] = byDay.timeDimensions;
  const march = {
    ...byDay,
    timeDimensions: [{ ...time, dateRange: ["2026-03-01", "2026-03-09"] }],
  };
  expect(await report(ann, january, asking(total, { route: "scan" }))).toBe(true);
  later(1000);
  expect(await report(ann, asking(march, { held: true }))).toBe(true);
  expect(await stored(t, "patternReports")).toHaveLength(2);
  expect(await list(ann)).toEqual([]);

  expect(await rollUp(t)).toBe(1);
  const patterns = await list(ann);
  expect(patterns).toMatchObject([
    {
      ...{ cube: "inventory", asked: 6, reports: 2, held: 1, routes: { "inventory.totals": 2 } },
      query: {
        timeDimensions: [{ dateRange: ["2026-03-01T00:00:00.000", "2026-03-09T23:59:59.999"] }],
      },
    },
    { cube: "inventory", asked: 1, reports: 1, routes: { scan: 1 } },
  ]);
  expect(patterns[0]!.lastSeen - patterns[0]!.firstSeen).toBeGreaterThan(990);
  expect(await stored(t, "patternReports")).toEqual([]);
});

test("what is not valid is left out; a report of nothing else is refused by its code", async () => {
  const { t, ann } = await started();
  const long = { member: "inventory.product", operator: "equals", values: ["x".repeat(5000)] };
  const ofTime = { member: "inventory.occurredAt", operator: "contains", values: ["2026"] };
  const refused: [unknown, string][] = [
    [asking({ measures: ["inventory.none"] }), "InvalidQuery"],
    [asking({ measures: ["nothing.count"] }), "InvalidQuery"],
    [asking({ ...total, filters: [long] }), "QueryTooLarge"],
    // Pages take it for a pattern, as it is understood.
    [
      asking({ ...total, filters: [ofTime] }, { route: "UnsupportedOperator" }),
      "UnsupportedOperator",
    ],
    [asking(total, { asked: 0 }), "InvalidQuery"],
  ];
  for (const [question, code] of refused) {
    const reported = report(ann, question as never);
    await expect(reported, code).rejects.toMatchObject({ data: { code } });
  }
  const many = Array.from({ length: 21 }, () => asking(total));
  await expect(report(ann, ...many)).rejects.toMatchObject({ data: { code: "BatchTooLarge" } });
  expect(await stored(t, "patternReports")).toEqual([]);

  const questions = [...refused.map(([question]) => question as never), asking(total)];
  expect(await report(ann, ...questions)).toBe(true);
  expect(await stored(t, "patternReports")).toMatchObject([
    { questions: [{ route: "inventory.totals" }] },
  ]);
});

test("only who may read a tenant may report, and only who may administer it is told", async () => {
  const { t, ann } = await started();
  const viewer = await tenantOf(t, "acme", { subject: "vic", role: "viewer" });
  const stranger = await tenantOf(t, "globex", { subject: "bob" });
  expect(await report(viewer, asking(total))).toBe(true);
  await rollUp(t);
  const forbidden = { data: { code: "Forbidden" } };
  await expect(report(stranger, asking(total))).rejects.toMatchObject(forbidden);
  await expect(list(viewer)).rejects.toMatchObject(forbidden);
  await expect(list(stranger)).rejects.toMatchObject(forbidden);
  expect(await stranger.query(api.patterns.list, { tenantId: "globex" })).toEqual([]);
  expect(await list(ann)).toHaveLength(1);
});

test("a tenant's minute has room for three reports, and others have their own", async () => {
  const { t, ann } = await started();
  const bob = await tenantOf(t, "globex", { subject: "bob" });
  const outcomes = [];
  for (let i = 0; i < 4; i++) outcomes.push(await report(ann, asking(total)));
  expect(outcomes).toEqual([true, true, true, false]);
  const questions = [asking(total)];
  expect(await bob.action(api.patterns.report, { tenantId: "globex", questions })).toBe(true);
  later(61_000);
  expect(await report(ann, asking(total))).toBe(true);
  expect(await stored(t, "patternReports")).toHaveLength(5);
});

test("reports that nothing rolls up for a day are the last ones", async () => {
  const { ann } = await started();
  expect(await report(ann, asking(total))).toBe(true);
  later(25 * 3_600_000);
  expect(await report(ann, asking(total))).toBe(false);
});

test("a limit of 0 stores none", async () => {
  const { t, ann } = await started({ patterns: { perMinute: 0 } });
  expect(await report(ann, asking(total))).toBe(false);
  expect(await stored(t, "patternReports")).toEqual([]);
});

test("an hour of reports is rolled up in steps of ten reports, within half of every limit", async () => {
  const t = startBackend(0.5, undefined, { limits: () => ({ patterns: { perMinute: 100 } }) });
  const ann = await tenantOf(t);
  const bob = await tenantOf(t, "globex", { subject: "bob" });
  const value = (i: number, j: number) => `${i}-${j}-`.padEnd(280, "x");
  // Forms differ in their conditions: as many and as large as reports may bring.
  for (let i = 0; i < 11; i++) {
    const questions = Array.from({ length: 20 }, (_, j) => {
      const values = Array.from({ length: 10 }, (_, k) => value(i * 20 + j, k));
      const condition = { member: "inventory.product", operator: "equals", values };
      const bits = [...(i * 20 + j).toString(2).padStart(8, "0")];
      const others = bits.map((bit, n) => ({
        member: ["inventory.category", "inventory.warehouse", "inventory.kind"][n % 3],
        operator: bit === "1" ? "equals" : "notEquals",
        values: ["a"],
      }));
      return asking({ ...total, filters: [condition, ...others] });
    });
    await ann.action(api.patterns.report, { tenantId, questions });
  }
  await bob.action(api.patterns.report, { tenantId: "globex", questions: [asking(total)] });
  expect(await rollUp(t)).toBe(3);
  const patterns = await stored(t, "patterns");
  const kept = (of: string) => patterns.filter(({ tenantId: one }) => one === of).length;
  expect([kept("acme"), kept("globex")]).toEqual([200, 1]);
  expect(await list(ann)).toHaveLength(200);
});

test("where nothing is reported, the cron finds nothing and schedules nothing", async () => {
  const { t, ann } = await started();
  expect(await rollUp(t)).toBe(0);
  const jobs = await inside(
    t,
    async (ctx) => await ctx.db.system.query("_scheduled_functions").collect(),
  );
  expect(jobs.filter(({ name }) => name.includes("patterns"))).toEqual([]);
  expect(await list(ann)).toEqual([]);
});

test("patterns of a tenant that reports no more go after 30 days", async () => {
  const { t, ann } = await started();
  await report(ann, asking(total));
  await rollUp(t);
  later(29 * DAY_MS);
  await rollUp(t);
  expect(await list(ann)).toHaveLength(1);
  later(2 * DAY_MS);
  await rollUp(t);
  expect(await stored(t, "patterns")).toEqual([]);
});

test("no report touches the log, and clearing forgets all", async () => {
  const { t, ann } = await started();
  await ann.mutation(api.inventory.record, { tenantId, row: stockRow() });
  const log = await stored(t, "changeLog");
  await report(ann, asking(total));
  await rollUp(t);
  await report(ann, asking(total));
  expect(await stored(t, "changeLog")).toEqual(log);
  expect(await ann.mutation(api.patterns.clear, { tenantId })).toEqual({ more: false });
  expect(await list(ann)).toEqual([]);
  expect(await stored(t, "patternReports")).toEqual([]);
});

test("one request of ten to Cube's API reports what it asked, for all of them", async () => {
  const { t, ann } = await started();
  const asked = async (query: unknown) => {
    const url = `/cubejs-api/v1/load?query=${encodeURIComponent(JSON.stringify(query))}`;
    const response = await ann.fetch(url, { headers: { "x-rollups-tenant": tenantId } });
    return response.status;
  };
  const chance = vi.spyOn(Math, "random").mockReturnValue(0.5);
  expect(await asked(total)).toBe(200);
  expect(await stored(t, "patternReports")).toEqual([]);
  chance.mockReturnValue(0);
  expect(await asked(total)).toBe(200);
  expect(await asked({ measures: ["inventory.none"] })).toBe(400);
  await rollUp(t);
  chance.mockRestore();
  expect(await list(ann)).toMatchObject([{ asked: 10, reports: 1, cube: "inventory" }]);
});
