/** What a tick of verification costs where nothing is due, counted as Convex would bill it, with its cold contexts. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Tenant } from "../../bench/support/tenant.js";
import type { LocalBackend } from "../../local/backend.js";
import { AppCopy } from "../support/appCopy.js";
import { startStage } from "../support/stage.js";
import { asAdmin, tick } from "./operator.js";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 1, 20, 12);
const TENANT = "acme";
/** A busy machine is slow, not wrong. */
const timeout = 900_000;

let backend: LocalBackend;
let app: AppCopy;
let tenant: Tenant;

beforeAll(async () => {
  app = await AppCopy.layOut();
  // The first pass ends before the test begins.
  const limits = "export const limits: LimitOverrides = {";
  const verification =
    "verification: { megabytesPerMonth: 1e7, changedMs: 0, retryMs: 500, retryMsMax: 2000 },";
  await app.replace("convex/limits.ts", limits, `${limits}\n  ${verification}`);
  // With room for the worker, whose repairs this is not about.
  backend = await startStage({ limits: { userTimeMs: 8000 } });
  await app.push(backend);
  tenant = await Tenant.open(backend, TENANT);
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

interface Usage {
  callsByFunction: Record<string, number>;
  /** By function, then by table. */
  bytesByFunction: Record<string, Record<string, { read: number; written: number }>>;
}

test("a tick with nothing due is one call, and reads less than 2 KB", { timeout }, async () => {
  await tick(backend);
  await expect
    .poll(async () => (await tenant.health()).verification?.passes, { timeout: 120_000 })
    .toBe(1);
  await tick(backend);
  await sleep(3000);
  await asAdmin(backend, "/local/usage/reset", {});
  await tick(backend);
  await sleep(1000);
  const { callsByFunction, bytesByFunction } = await asAdmin<Usage>(backend, "/local/usage");
  const mine = Object.entries(callsByFunction).filter(([name]) => name.includes("verification"));
  expect(mine).toEqual([["rollups/verification/chain:tick", 1]]);
  const tables = Object.values(bytesByFunction["rollups/verification/chain:tick"] ?? {});
  const sum = (of: "read" | "written") => tables.reduce((total, one) => total + one[of], 0);
  expect(sum("read")).toBeGreaterThan(0);
  expect(sum("read")).toBeLessThan(2048);
  expect(sum("written")).toBeLessThan(512);
});
