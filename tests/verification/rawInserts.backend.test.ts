/**
 * What `npx convex import` does, on a backend as strict as Convex: 1,500 records that nobody captured, far
 * apart in time, are found and restored by the cron's own chain, within its budget; and what a tick costs
 * where nothing is due.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReference } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Tenant } from "../../bench/support/tenant.js";
import { startBackend, type LocalBackend } from "../../local/backend.js";
import { setEnvironment } from "../../local/push.js";
import { layOutForgetful } from "./forgetfulApp.js";

const RAW = 1500;
const DAY = 86_400_000;
const NOON = Date.UTC(2026, 1, 20, 12);
const TENANT = "acme";
/** A busy machine is slow, not wrong. */
const timeout = 900_000;

type AnyMutation = FunctionReference<"mutation", "public", Record<string, unknown>>;
const rawWrite = makeFunctionReference<"mutation">("forgetful:write") as unknown as AnyMutation;

let backend: LocalBackend;
let app: Awaited<ReturnType<typeof layOutForgetful>>;
let tenant: Tenant;
let admin: ConvexHttpClient;

beforeAll(async () => {
  app = await layOutForgetful();
  // Repairs and passes as fast as they come.
  const limits = "export const limits: LimitOverrides = {";
  const verification =
    "verification: { megabytesPerMonth: 1e7, changedMs: 0, retryMs: 500, retryMsMax: 2000 },";
  await app.replace("convex/limits.ts", limits, `${limits}\n  ${verification}`);
  // As others keep the machine busy: on the CPU clock, and with room for the worker, whose repairs this is
  // not about.
  const own = { userClock: "cpu", userTimeMs: 8000 } as const;
  backend = await startBackend({ port: 0, sitePort: 0, profile: "production", limits: own });
  await setEnvironment(backend, backend.identityEnvironment);
  await app.push(backend);
  tenant = await Tenant.open(backend, TENANT);
  admin = new ConvexHttpClient(backend.url, { logger: false });
  (admin as unknown as { setAdminAuth(key: string): void }).setAdminAuth(backend.adminKey);
  await tenant.settled();
  await tenant.send(
    "inventory",
    Array.from({ length: 400 }, (_, i) => row(i * DAY)),
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

async function asAdmin<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(`${backend.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Convex ${backend.adminKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}

/** The cron of verification, which else comes every five minutes. */
async function tick(): Promise<void> {
  const call = { componentPath: "rollups", path: "verification/chain:tick", args: {} };
  const { status } = await asAdmin<{ status: string }>("/api/function", {
    ...{ ...call, format: "json" },
  });
  expect(status).toBe("success");
}

interface Usage {
  callsByFunction: Record<string, number>;
  bytesRead: number;
  bytesWritten: number;
  slowestMs: Record<string, number>;
}

test("a tick with nothing due is one call, and reads less than 2 KB", { timeout }, async () => {
  await tick();
  await expect
    .poll(async () => (await tenant.health()).verification?.passes, { timeout: 120_000 })
    .toBe(1);
  await tick();
  await sleep(3000);
  await asAdmin("/local/usage/reset", {});
  await tick();
  await sleep(1000);
  const { callsByFunction, bytesRead, bytesWritten } = await asAdmin<Usage>("/local/usage");
  const mine = Object.entries(callsByFunction).filter(([name]) => name.includes("verification"));
  expect(mine).toEqual([["rollups/verification/chain:tick", 1]]);
  expect(bytesRead).toBeLessThan(2048);
  expect(bytesWritten).toBeLessThan(512);
});

test("1,500 raw inserts, far apart, are all found and restored", { timeout }, async () => {
  for (let i = 0; i < RAW; i += 250) {
    const insert = Array.from({ length: 250 }, (_, j) => ({
      ...row(((i + j) * DAY) / 2 + 1000),
      tenantId: TENANT,
    }));
    await admin.mutation(rawWrite, { insert, edit: [], remove: [] });
  }
  const count = async (dimensions: string[]) => {
    const { data, servedBy } = await tenant.load({ measures: ["inventory.count"], dimensions });
    expect(servedBy).toMatch(/^inventory\.\w+@1$/);
    return data[0]?.["inventory.count"];
  };
  expect(await count([])).toBe(400);
  // From the newest day back to the oldest one, in every rollup and level.
  for (let i = 0; ; i++) {
    await tick();
    await sleep(1000);
    const { verification, repairs } = await tenant.health();
    if (verification!.passes > 1 && verification!.consistency === 1 && repairs === 0) break;
    if (i > 600) throw new Error(`Not restored: ${JSON.stringify({ verification, repairs })}`);
  }
  for (const dimension of [[], ["inventory.category"], ["inventory.product"], ["inventory.kind"]]) {
    expect(await count(dimension)).toBe(400 + RAW);
  }
  expect(await tenant.health()).toMatchObject({ drifts: 0, repairs: 0 });
  // No step came near the second that Convex allows, nested calls and cold contexts included.
  const { slowestMs } = await asAdmin<Usage>("/local/usage");
  const mine = Object.entries(slowestMs).filter(([name]) => name.includes("verification"));
  expect(mine.length).toBeGreaterThan(3);
  expect(mine.filter(([, ms]) => ms > 1000)).toEqual([]);
});
