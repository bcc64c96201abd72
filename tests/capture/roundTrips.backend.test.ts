/**
 * A read that a transaction has not made before is a round trip to the database. However many records a
 * mutation writes, it waits for few of them, because those that do not depend on each other are made together.
 */
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FOURTEEN_MONTHS, watchRows } from "../../bench/data/rows.js";
import { api } from "../../convex/_generated/api.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp } from "../../local/push.js";
import { startStage } from "../support/stage.js";

/** Far above what all else of a call takes, so that time tells how many round trips there were. */
const READ_LATENCY_MS = 100;
/** Of a batch of 1,000: two in each of 13 chunks, and a few of the call itself, and what the call computes; one by one they are 2,000. */
const ROUND_TRIPS_MAX = 50;
const ROWS = 1000;
const tenantId = "acme";

let backend: LocalBackend;
let client: ConvexHttpClient;

beforeAll(async () => {
  const limits = { readLatencyMs: READ_LATENCY_MS };
  backend = await startStage({ limits });
  await pushApp(backend, { cwd: join(import.meta.dirname, "../..") });
  const operator = async (path: string, args: object) =>
    await fetch(`${backend.url}/api/mutation`, {
      method: "POST",
      headers: { authorization: `Convex ${backend.adminKey}` },
      body: JSON.stringify({ path, args, format: "json" }),
    });
  const tokenIdentifier = `${backend.url}|ann`;
  await operator("tenants:ensure", { tenantId });
  await operator("tenants:ensureMember", { tenantId, tokenIdentifier, role: "admin" });
  client = new ConvexHttpClient(backend.url, { logger: false });
  client.setAuth(await backend.token({ subject: "ann" }));
});

afterAll(async () => {
  await backend?.stop();
});

/** How many round trips a call waits for, at most. */
async function roundTrips(call: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await call();
  return Math.floor((performance.now() - before) / READ_LATENCY_MS);
}

const rows = (durationSeconds: number) =>
  [...watchRows(ROWS, { ...FOURTEEN_MONTHS, seed: 5 })].map((row, i) => ({
    ...row,
    key: `k${i}`,
    durationSeconds,
  }));

describe("a batch of 1,000 records", () => {
  test("that are new waits for tens of round trips, not for thousands", async () => {
    const taken = await roundTrips(async () => {
      const sent = { tenantId, rows: rows(1) };
      expect(await client.mutation(api.watch.recordBatch, sent)).toEqual({
        accepted: ROWS,
        rejected: [],
      });
    });
    expect(taken).toBeGreaterThan(20);
    expect(taken).toBeLessThanOrEqual(ROUND_TRIPS_MAX);
  });

  test("that replace known ones waits for as few", async () => {
    const taken = await roundTrips(async () => {
      const sent = { tenantId, rows: rows(2), onKnown: "replace" as const };
      const { known } = await client.mutation(api.watch.recordBatch, sent);
      expect(known?.filter(({ outcome }) => outcome === "replaced")).toHaveLength(ROWS);
    });
    expect(taken).toBeLessThanOrEqual(ROUND_TRIPS_MAX);
  });
});
