/**
 * What `npx convex import` does, on a backend as strict as Convex, with nested calls on their caller's second: records
 * that nobody captured, far apart in time or all of one day, are found and restored whole by the cron's own chain, and
 * no call takes more than half a second, however many buckets wait.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReference } from "convex/server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Tenant } from "../../bench/support/tenant.js";
import type { LocalBackend } from "../../local/backend.js";
import type { AppCopy } from "../support/appCopy.js";
import { startStage } from "../support/stage.js";
import { asAdmin, tick } from "./operator.js";
import { layOutForgetful } from "./forgetfulApp.js";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 1, 20, 12);
const TENANT = "acme";
const KNOWN = 400;
const FAR_APART = 1500;
const DENSE = 2000;
/** Half of what a call may take, and what the same work takes more where others keep the machine busy. */
const LONGEST_MS = 500 * 1.2;
/** The cron comes every five minutes. More often than this a link would lose its row to it again and again. */
const TICK_MS = 10_000;
/** A busy machine is slow, not wrong. */
const timeout = 900_000;

type AnyMutation = FunctionReference<"mutation", "public", Record<string, unknown>>;
const rawWrite = makeFunctionReference<"mutation">("forgetful:write") as unknown as AnyMutation;

let backend: LocalBackend;
let app: AppCopy;
let tenant: Tenant;
let admin: ConvexHttpClient;
const problems: string[] = [];
let records = KNOWN;

beforeAll(async () => {
  app = await layOutForgetful();
  // Repairs and passes as fast as they come.
  const limits = "export const limits: LimitOverrides = {";
  const verification =
    "verification: { megabytesPerMonth: 1e7, changedMs: 0, retryMs: 500, retryMsMax: 2000 },";
  await app.replace("convex/limits.ts", limits, `${limits}\n  ${verification}`);
  backend = await startStage({
    limits: { nestedTime: "shared" },
    logger: { error: (message) => problems.push(message) },
  });
  await app.push(backend);
  tenant = await Tenant.open(backend, TENANT);
  admin = new ConvexHttpClient(backend.url, { logger: false });
  (admin as unknown as { setAdminAuth(key: string): void }).setAdminAuth(backend.adminKey);
  await tenant.settled();
  await tenant.send(
    "inventory",
    Array.from({ length: KNOWN }, (_, i) => row(i * DAY)),
  );
  await tenant.settled();
}, timeout);

afterAll(async () => {
  await backend?.stop();
  await app?.remove();
});

const row = (age: number) => ({
  ...{ product: "Ada", category: "Books", warehouse: "North", kind: "receipt" },
  ...{ quantity: 1, unitCost: 1, occurredAt: NOON - age },
});

async function insertRaw(ages: readonly number[]): Promise<void> {
  for (let i = 0; i < ages.length; i += 250) {
    const insert = ages.slice(i, i + 250).map((age) => ({ ...row(age), tenantId: TENANT }));
    await admin.mutation(rawWrite, { insert, edit: [], remove: [] });
  }
  records += ages.length;
}

async function count(dimensions: string[]): Promise<unknown> {
  const { data, servedBy } = await tenant.load({ measures: ["inventory.count"], dimensions });
  expect(servedBy).toMatch(/^inventory\.\w+@1$/);
  return data[0]?.["inventory.count"];
}

/** Has the chain run until a pass has found every cell of every rollup and level right; returns how long that took. */
async function untilRestored(): Promise<number> {
  const before = (await tenant.health()).verification?.passes ?? 0;
  const startedAt = performance.now();
  let tickedAt = -Infinity;
  for (;;) {
    if (performance.now() - tickedAt > TICK_MS) {
      await tick(backend);
      tickedAt = performance.now();
    }
    await sleep(1000);
    const { verification, repairs } = await tenant.health();
    const { passes = 0, consistency = null } = verification ?? {};
    if (passes > before && consistency === 1 && repairs === 0) break;
    if (performance.now() - startedAt > 600_000)
      throw new Error(`Not restored: ${JSON.stringify({ verification, repairs })}`);
  }
  return (performance.now() - startedAt) / 1000;
}

interface Usage {
  calls: number;
  slowestMs: Record<string, number>;
}

describe("records that nobody captured", () => {
  beforeEach(async () => {
    await asAdmin(backend, "/local/usage/reset", {});
  });

  const cases = [
    ["far apart", Array.from({ length: FAR_APART }, (_, i) => (i * DAY) / 2 + 1000)],
    ["of one day", Array.from({ length: DENSE }, (_, i) => 100 * DAY + i * 1000)],
  ] as const;

  test.each(cases)("are all found and restored where they are %s", { timeout }, async (_, ages) => {
    const known = records;
    await insertRaw(ages);
    expect(await count([])).toBe(known);
    const seconds = await untilRestored();
    for (const dimension of [
      [],
      ["inventory.category"],
      ["inventory.product"],
      ["inventory.kind"],
    ]) {
      expect(await count(dimension)).toBe(records);
    }
    expect(await tenant.health()).toMatchObject({ drifts: 0, repairs: 0 });
    const { slowestMs, calls } = await asAdmin<Usage>(backend, "/local/usage");
    const slowest = Object.entries(slowestMs).sort(([, a], [, b]) => b - a);
    console.log(
      `${ages.length} records restored after ${seconds.toFixed(0)} s and ${calls} calls; the longest: ` +
        slowest
          .slice(0, 8)
          .map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`)
          .join(", "),
    );
    expect(problems).toEqual([]);
    for (const name of ["loop:loop", "chain:link", "chain:tick", "aggregates:health"])
      expect(slowest.some(([one]) => one.endsWith(name))).toBe(true);
    expect(slowest.filter(([, ms]) => ms > LONGEST_MS)).toEqual([]);
  });
});
