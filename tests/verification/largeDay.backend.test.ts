/**
 * A day of 12,000 records, more than one look may read, on a backend that commits for real: hundreds of
 * writes past capture of each kind, while others write with capture, are found and restored, and nothing
 * else is.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReference } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBackendProcess, type BackendProcess } from "../../bench/support/backendProcess.js";
import { Tenant, type Health } from "../../bench/support/tenant.js";
import { api } from "../../convex/_generated/api.js";
import { answer, type Question } from "../oracle/answer.js";
import { inventory, type StockRow } from "../oracle/cubes.js";
import { heavyProfile, stageLimits } from "../support/stage.js";
import { layOutForgetful } from "./forgetfulApp.js";

const RECORDS = 12_000;
const RAW = 600;
const WRITERS = 3;
const DAY = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 1, 20);
const TENANT = "acme";
/** A busy machine is slow, not wrong. */
const timeout = 900_000;

type Stored = StockRow & { _id: string; _creationTime: number };
type Page = { page: Stored[]; isDone: boolean; continueCursor: string };
type AnyMutation = FunctionReference<"mutation", "public", Record<string, unknown>>;
type AnyQuery = FunctionReference<"query", "public", Record<string, unknown>, Page>;
const rawWrite = makeFunctionReference<"mutation">("forgetful:write") as unknown as AnyMutation;
const rawPage = makeFunctionReference<"query">("forgetful:page") as unknown as AnyQuery;

let backend: BackendProcess;
let app: Awaited<ReturnType<typeof layOutForgetful>>;
let tenant: Tenant;
let admin: ConvexHttpClient;

function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
const roll = dice(7);

function anyRow(occurredAt = MIDNIGHT + roll(DAY)): StockRow & Record<string, unknown> {
  return {
    product: `Product ${roll(900)}`,
    category: `Category ${roll(12)}`,
    warehouse: ["North", "South", "East", "West"][roll(4)]!,
    kind: ["receipt", "shipment", "adjustment", "transfer", "return"][roll(5)]!,
    quantity: roll(41) - 20,
    unitCost: 1 + roll(8000) / 8,
    occurredAt,
  };
}

beforeAll(async () => {
  app = await layOutForgetful();
  backend = await startBackendProcess({
    app: app.cwd,
    profile: heavyProfile,
    limits: stageLimits,
    env: { ROLLUPS_WRITE_BYTES_PER_SECOND: "1000000000" },
  });
  tenant = await Tenant.open(backend, TENANT);
  admin = new ConvexHttpClient(backend.url, { logger: false });
  (admin as unknown as { setAdminAuth(key: string): void }).setAdminAuth(backend.adminKey);
  await tenant.settled();
  const rows = Array.from({ length: RECORDS }, () => anyRow());
  // Days around it, and one of a date only.
  for (let i = 0; i < 400; i++) rows.push(anyRow(MIDNIGHT + (roll(60) - 40) * DAY + roll(DAY)));
  for (let i = 0; i < 600; i++) rows.push(anyRow(MIDNIGHT - 3 * DAY));
  await tenant.send("inventory", rows);
  await tenant.settled();
}, timeout);

afterAll(async () => {
  await backend?.stop();
  await app?.remove();
});

async function records(): Promise<Stored[]> {
  const all: Stored[] = [];
  let cursor: string | null = null;
  for (;;) {
    const found: Page = await admin.query(rawPage, { tenantId: TENANT, cursor });
    all.push(...found.page);
    if (found.isDone) return all;
    cursor = found.continueCursor;
  }
}

/** Writers with capture: they insert, edit, move and delete, mostly on the large day, until stopped. */
function startWriters(known: readonly Stored[]) {
  let isStopped = false;
  let written = 0;
  const ids = known.map(({ _id }) => _id);
  const writer = async () => {
    const client = tenant.connect();
    const call = async (run: () => Promise<unknown>) => {
      // Somebody else may have deleted the record.
      await run().catch((error: unknown) => {
        if ((error as { data?: { code?: string } }).data?.code !== "Forbidden") throw error;
      });
      written++;
    };
    while (!isStopped) {
      const id = ids[roll(ids.length)]!;
      const { product, quantity, unitCost, occurredAt } = anyRow();
      await call(async () => {
        const row = anyRow();
        const made = await client.mutation(api.inventory.record, { tenantId: TENANT, row });
        ids.push((made as { id: string }).id);
      });
      const patch = { product, quantity, unitCost, occurredAt };
      await call(() => client.mutation(api.inventory.update, { tenantId: TENANT, id, patch }));
      const gone = ids[roll(ids.length)]!;
      await call(() => client.mutation(api.inventory.remove, { tenantId: TENANT, id: gone }));
      await sleep(150);
    }
  };
  const all = Promise.all(Array.from({ length: WRITERS }, writer));
  return {
    stop: async () => {
      isStopped = true;
      await all;
      return written;
    },
  };
}

/** Whole passes, from now on; every look at health on the way is one that may be shown to people. */
async function wholePass(): Promise<Health> {
  const passes = (await tenant.health()).verification?.passes ?? 0;
  await tenant.connect().mutation(api.rollups.verify, { tenantId: TENANT });
  for (;;) {
    const health = await tenant.health();
    mustBeHonest(health);
    if ((health.verification?.passes ?? 0) >= passes + 2) return health;
    await sleep(200);
  }
}

function mustBeHonest({ verification, rollups }: Health): void {
  if (verification === null) return;
  const { consistency, unchecked, uncheckedBuckets, unreadableRecords } = verification;
  expect(uncheckedBuckets + unreadableRecords).toBe(unchecked);
  if (unchecked > 0 && consistency !== null) expect(consistency).toBeLessThan(1);
  const differed = rollups.reduce((sum, one) => sum + one.differed, 0);
  if (differed > 0) expect(consistency).toBeLessThan(1);
}

const measured = ["count", "quantity", "value"];
/** Months are asked for by the quarter: a year of months of every product would be refused as too large. */
const ranges: [string, [string, string]][] = [
  ["day", ["2026-02-01", "2026-02-28"]],
  ["month", ["2026-01-01", "2026-03-31"]],
  ["month", ["2026-04-01", "2026-06-30"]],
  ["month", ["2026-07-01", "2026-09-30"]],
  ["month", ["2026-10-01", "2026-12-31"]],
];
const questions: [string, Question][] = (
  [
    ["totals", [], measured],
    ["by_category", ["category"], [...measured, "onHand"]],
    ["by_warehouse", ["warehouse", "category"], measured],
    ["by_kind", ["kind", "warehouse", "category"], measured],
    ["by_product", ["product"], measured],
    ["costs", ["category"], ["count", "minUnitCost", "maxUnitCost"]],
    ["by_hour_of_week", ["weekday", "hourOfDay"], measured],
  ] as const
).flatMap(([rollup, dimensions, measures]) =>
  ranges.map(([granularity, dateRange]): [string, Question] => [
    rollup,
    {
      measures: measures.map((name) => `inventory.${name}`),
      dimensions: dimensions.map((name) => `inventory.${name}`),
      timeDimensions: [{ dimension: "inventory.occurredAt", granularity, dateRange }],
    },
  ]),
);

const sorted = (rows: readonly object[]) =>
  rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort();

/** How many of the questions are not answered as the records say. Nobody may write meanwhile. */
async function wrongAnswers(): Promise<string[]> {
  const rows = await records();
  const wrong: string[] = [];
  for (const [rollup, question] of questions) {
    const { data, servedBy } = await tenant.load({ ...question, limit: 50_000 });
    expect(servedBy).toMatch(new RegExp(`^inventory\\.${rollup}@\\d+$`));
    const expected = sorted(answer(inventory, rows, question));
    if (JSON.stringify(sorted(data)) !== JSON.stringify(expected)) wrong.push(rollup);
  }
  return wrong;
}

const lastDriftAt = async () => (await tenant.health()).verification?.lastDriftAt ?? null;

test("nothing is found wrong while writers write with capture", { timeout }, async () => {
  const writers = startWriters(await records());
  const health = await wholePass();
  expect(await writers.stop()).toBeGreaterThan(100);
  expect(health).toMatchObject({ deadLetters: 0, verification: { lastDriftAt: null } });
  await tenant.settled();
  expect(await wrongAnswers()).toEqual([]);
});

test(
  "hundreds of raw writes of each kind are found and restored, while others write",
  { timeout },
  async () => {
    const docs = await records();
    const onDay = docs.filter(
      ({ occurredAt }) => occurredAt >= MIDNIGHT && occurredAt < MIDNIGHT + DAY,
    );
    const picked = [...new Set(Array.from({ length: 4 * RAW }, () => roll(onDay.length)))];
    const chosen = picked.slice(0, 2 * RAW).map((at) => onDay[at]!._id);
    expect(chosen).toHaveLength(2 * RAW);
    for (let from = 0; from < RAW; from += 200) {
      const edit = chosen.slice(from, from + 200).map((id) => {
        const { quantity, unitCost, category } = anyRow();
        return { id, patch: { quantity, unitCost, category } };
      });
      const insert = Array.from({ length: 200 }, () => ({ ...anyRow(), tenantId: TENANT }));
      const remove = chosen.slice(RAW + from, RAW + from + 200);
      await admin.mutation(rawWrite, { insert, edit, remove });
    }
    // Nobody knows yet; every rollup of the cube is wrong.
    expect(new Set(await wrongAnswers())).toEqual(new Set(questions.map(([rollup]) => rollup)));

    const writers = startWriters(await records());
    const found = await wholePass();
    expect(found.verification?.lastDriftAt).not.toBe(null);
    await sleep(2000);
    expect(await writers.stop()).toBeGreaterThan(50);
    await tenant.settled(300_000);
    expect(await wrongAnswers()).toEqual([]);

    const before = await lastDriftAt();
    const after = await wholePass();
    expect(after).toMatchObject({
      ...{ drifts: 0, repairs: 0 },
      verification: { lastDriftAt: before, consistency: 1, unchecked: 0 },
    });
    for (const { verifiedAt, differed } of after.rollups) {
      expect(verifiedAt).not.toBe(null);
      expect(differed).toBe(0);
    }
  },
);
