// @vitest-environment edge-runtime
/** `/metrics`: who gets it, what it says, and that it stays small however many tenants there are. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { familiesOf } from "../../src/client/metrics/families.js";
import { openMetrics } from "../../src/client/metrics/openMetrics.js";
import {
  foldAll,
  foldOnce,
  inside,
  shippedCubes,
  startBackend,
  tenantOf,
  watchRow,
  type Backend,
} from "../convex/harness.js";
import { readOpenMetrics, type ReadFamily } from "./parse.js";

const TOKEN = "a token of 24 characters";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

async function scrape(t: Backend, token = TOKEN): Promise<Map<string, ReadFamily>> {
  vi.stubEnv("ROLLUPS_METRICS_TOKEN", TOKEN);
  const response = await t.fetch("/metrics", { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^application\/openmetrics-text; version=1/);
  return readOpenMetrics(await response.text());
}

const valueOf = (families: Map<string, ReadFamily>, name: string, tenant?: string) =>
  families.get(name)?.samples.find(({ labels }) => labels["tenant"] === tenant)?.value;

/** The shipped cubes, with a target for each rollup of viewing history. */
function targeted(seconds: number) {
  const { watch, inventory } = shippedCubes;
  const freshness = { warn: seconds * 1000, error: seconds * 10_000 };
  const rollups = Object.fromEntries(
    Object.entries(watch.rollups).map(([name, one]) => [name, { ...one, freshness }]),
  );
  return { watch: { ...watch, rollups }, inventory };
}

/** Tenants whose workers are due. Every other one has something unfolded, the later ones older changes. */
async function withTails(t: Backend, from: number, to: number): Promise<void> {
  await inside(t, async (ctx) => {
    for (let i = from; i < to; i++) {
      const tenantId = `t${String(i).padStart(5, "0")}`;
      await ctx.db.insert("awake", {
        ...{ tenantId, dueAt: Date.now(), strikes: 0, calm: 0, lateMs: 0, isSettled: false },
      });
      await ctx.db.insert("tenants", { tenantId });
      await ctx.db.insert("foldStates", {
        tenantId,
        // A position within a commit: this counts as not folded.
        position: { commitTs: BigInt(Date.now() - i * 1000) * 1_000_000n, row: i % 2, change: 0 },
        ...{ foldedChanges: 0, folds: 0, trimmedTo: 0n, updatedAt: Date.now() },
      });
    }
  });
}

describe("the service token", () => {
  test.each([
    ["no token", TOKEN, {}],
    ["another token", TOKEN, { authorization: `Bearer ${TOKEN}x` }],
    ["a part of the token", TOKEN, { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ["an empty token", TOKEN, { authorization: "Bearer " }],
    ["the token without Bearer", TOKEN, { authorization: TOKEN }],
    ["a token where the deployment has none", undefined, { authorization: "Bearer undefined" }],
    ["an empty one where the deployment has an empty one", "", { authorization: "Bearer " }],
    ["a short one that the deployment has, too", "short", { authorization: "Bearer short" }],
  ])("%s is refused", async (_what, token, headers) => {
    vi.stubEnv("ROLLUPS_METRICS_TOKEN", token);
    const response = await startBackend().fetch("/metrics", { headers });
    expect(response.status).toBe(401);
    expect(await response.text()).toBe("Unauthorized\n");
  });
});

describe("what is told", () => {
  test("of a tenant follows what it writes, and what is folded", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await ann.mutation(api.watch.record, { tenantId: "acme", row: watchRow() });
    vi.setSystemTime(Date.now() + 30_000);
    const before = await scrape(t);
    expect(valueOf(before, "rollups_backlog_rows", "acme")).toBe(1);
    expect(valueOf(before, "rollups_unfolded_age_seconds", "acme")).toBeGreaterThanOrEqual(30);
    expect(valueOf(before, "rollups_folds", "acme")).toBe(0);
    await foldAll(t);
    const after = await scrape(t);
    expect(valueOf(after, "rollups_backlog_rows", "acme")).toBe(0);
    expect(valueOf(after, "rollups_unfolded_age_seconds", "acme")).toBe(0);
    expect(valueOf(after, "rollups_folds", "acme")).toBeGreaterThan(0);
    expect(valueOf(after, "rollups_folded_changes", "acme")).toBe(1);
    expect(valueOf(after, "rollups_upkeep_used_bytes", "acme")).toBeGreaterThan(40_000);
    expect(after.has("rollups_upkeep_limit_bytes")).toBe(false);
    expect(valueOf(after, "rollups_dead_letters", "acme")).toBe(0);
    expect(after.get("rollups_freshness_target_seconds")?.samples).toMatchObject([
      { labels: { severity: "warn" }, value: 120 },
      { labels: { severity: "error" }, value: 600 },
    ]);
    expect(await foldOnce(t)).toBe(false);
  });

  test("of more than a thousand tenants are the twenty that are furthest behind, and the largest of the rest", async () => {
    const t = startBackend(0.5);
    for (let i = 0; i < 1200; i += 400) await withTails(t, i, i + 400);
    const families = await scrape(t);
    const ages = families.get("rollups_unfolded_age_seconds")!.samples;
    expect(ages.map(({ labels }) => labels["tenant"])).toEqual([
      ...Array.from({ length: 20 }, (_, i) => `t0${1199 - 2 * i}`),
      "_other",
    ]);
    expect(ages.at(-1)!.value).toBeCloseTo(1159, 0);
    expect(valueOf(families, "rollups_tenants_awake")).toBe(1200);
    expect(valueOf(families, "rollups_tenants_unnamed")).toBe(1180);
    expect(valueOf(families, "rollups_reading_cut")).toBe(0);
  });
});

test("rollups with a target tell it, their age and how bad that is", async () => {
  const cubes = targeted(60);
  const t = startBackend(1, undefined, { cubes: () => cubes, isMeasured: true });
  const ann = await tenantOf(t);
  await ann.mutation(api.watch.record, { tenantId: "acme", row: watchRow() });
  await foldAll(t);
  await ann.mutation(api.watch.record, { tenantId: "acme", row: watchRow() });
  vi.setSystemTime(Date.now() + 90_000);
  const families = await scrape(t);
  const of = (name: string) => families.get(`rollups_rollup_${name}`)!.samples;
  expect(of("freshness_target_seconds")).toHaveLength(2 * 12);
  expect(of("freshness_target_seconds").slice(0, 2)).toMatchObject([
    { labels: { cube: "watch", rollup: "totals", severity: "warn" }, value: 60 },
    { labels: { cube: "watch", rollup: "totals", severity: "error" }, value: 600 },
  ]);
  const labels = { tenant: "acme", cube: "watch", rollup: "totals" };
  const ages = of("age_seconds");
  expect(ages).toHaveLength(12);
  const mine = (samples: typeof ages) => samples.find((one) => one.labels["rollup"] === "totals")!;
  expect(mine(ages).labels).toEqual(labels);
  expect(mine(ages).value).toBeGreaterThanOrEqual(90);
  expect(mine(of("freshness_state"))).toMatchObject({ labels, value: 1 });
  await foldAll(t);
  const after = await scrape(t);
  expect(mine(after.get("rollups_rollup_freshness_state")!.samples).value).toBe(0);
  expect(mine(after.get("rollups_rollup_age_seconds")!.samples).value).toBe(0);
});

test("ten thousand tenants make as many series as a hundred, and odd names are told apart", () => {
  const details = {
    ...{ lagMs: 1, folds: 1, foldedChanges: 1, backlogRows: 1, deadLetters: 0, repairs: 0 },
    upkeepBytes: 1,
    verification: { passes: 1, checked: 1, equal: 1, unchecked: 0, finishedAt: 1 },
    freshness: Array.from({ length: 20 }, (_, i) => ({
      ...{ cube: "watch", rollup: `r${i}`, ageMs: 1, state: "warn" as const },
    })),
    undelivered: 0,
  };
  const rollups = Object.fromEntries(
    details.freshness.map(({ rollup }) => [`watch.${rollup}`, { warn: 1, error: 2 }]),
  );
  const textOf = (count: number) => {
    const odd = ["_other", "__other", 'a"b\\c\nd', 'Zürich {x="1"}'];
    const awake = Array.from({ length: count }, (_, i) => ({
      ...{ tenantId: odd[i] ?? `t${i}`, lagMs: count - i, overdueMs: 0, strikes: 0 },
    }));
    const named = new Map(awake.slice(0, 20).map(({ tenantId }) => [tenantId, details] as const));
    const deployment = {
      ...{ workers: 1, writeBytesPerSecond: 1, upkeepBytesPerMonth: 1, tenants: [] },
      verification: { usedBytes: 1, bytesPerMonth: 1, since: 0 },
    };
    return openMetrics(
      familiesOf({
        ...{ deployment, awake, named, isCut: false, rollups },
        targets: { warnMs: 1, errorMs: 1 },
      }),
    );
  };
  const seriesOf = (text: string) =>
    [...readOpenMetrics(text).values()].flatMap(({ samples }) => samples);
  const series = seriesOf(textOf(10_000));
  expect(series).toHaveLength(seriesOf(textOf(100)).length);
  expect(series.length).toBeLessThanOrEqual(20 * (16 + 2 * 20) + 40 + 15);
  const tenants = new Set(series.map(({ labels }) => labels["tenant"]));
  for (const name of ["_other", "__other", "___other", 'a"b\\c\nd', 'Zürich {x="1"}']) {
    expect(tenants).toContain(name);
  }
});
