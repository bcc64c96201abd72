/**
 * The backend module on convex-test: real functions, real schema, the fold worker driven step by step
 * so that a test decides when what is folded. Fake timers keep the worker's own loop still.
 */
import { convexTest } from "convex-test";
import batchWorker from "@convex-dev/batch-worker/test";
import type { FunctionReturnType } from "convex/server";
import { vi } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import schema from "../../convex/schema";

const modules = import.meta.glob("../../convex/**/*.*s");

/** A fixed start of time, so that nothing depends on the day the tests run. */
export const NOW = Date.UTC(2026, 2, 1, 12);

export type Backend = ReturnType<typeof startBackend>;

/** Convex's transaction limits, of which a test may leave less. */
const LIMITS = {
  bytesRead: 16 * 1024 * 1024,
  bytesWritten: 16 * 1024 * 1024,
  databaseQueries: 4096,
  documentsRead: 32_000,
  documentsWritten: 16_000,
};

/**
 * A fresh backend with limits enforced, or with `share` of them, and with the app's schema or another
 * one. Call inside a test; timers are fake until the test ends.
 */
export function startBackend(share = 1, deployed: typeof schema = schema) {
  vi.useFakeTimers({ now: NOW, toFake: ["setTimeout", "setInterval", "Date"] });
  const transactionLimits = Object.fromEntries(
    Object.entries(LIMITS).map(([name, limit]) => [name, Math.floor(limit * share)]),
  );
  const t = convexTest({ schema: deployed, modules, transactionLimits });
  batchWorker.register(t, "batchWorker");
  return t;
}

/** A tenant with one member of the given role, whose identity every call of the result carries. */
export async function tenantOf(
  t: Backend,
  tenantId = "acme",
  {
    timezone = "UTC",
    role = "admin" as "viewer" | "editor" | "admin" | "service",
    subject = "ann",
  } = {},
) {
  await t.mutation(internal.tenants.ensure, { tenantId, name: tenantId, timezone });
  const identity = { issuer: "https://issuer.test", subject };
  await t.mutation(internal.tenants.ensureMember, {
    tenantId,
    tokenIdentifier: `${identity.issuer}|${identity.subject}`,
    role,
  });
  return t.withIdentity(identity);
}

/** One iteration of the tenant's worker. False when there was nothing to do. */
export async function foldOnce(t: Backend, tenantId = "acme"): Promise<boolean> {
  const work = await t.query(internal.fold.worker.nextWork, { name: `fold:${tenantId}` });
  if (!("batch" in work)) return false;
  vi.setSystemTime(Date.now() + 300);
  await t.mutation(internal.fold.worker.work, work.batch);
  return true;
}

/** Iterations until there is nothing to do; fails when that takes more than `most`. */
export async function foldAll(
  t: Backend,
  tenantId = "acme",
  most = 200,
  afterEach: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  for (let iterations = 0; iterations < most; iterations++) {
    if (!(await foldOnce(t, tenantId))) return iterations;
    await afterEach();
  }
  throw new Error(`The worker still had work after ${most} iterations.`);
}

export type Loaded = FunctionReturnType<typeof api.aggregates.load>;

/** `aggregates:load` as the given member. */
export async function load(
  member: Awaited<ReturnType<typeof tenantOf>>,
  query: unknown,
  options: { tenantId?: string; freshness?: "live" | "folded"; atLeast?: string } = {},
): Promise<Loaded> {
  return await member.query(api.aggregates.load, { tenantId: "acme", query, ...options });
}

let sequence = 0;

/** A watch row with sensible values for what the test does not care about. */
export function watchRow(row: Record<string, unknown> = {}): Record<string, unknown> {
  sequence++;
  return {
    videoId: `v${sequence}`,
    title: `Video ${sequence}`,
    channel: "Channel A",
    topics: ["Drama"],
    category: "Film",
    viewer: "viewer-1",
    watchedAt: NOW,
    durationSeconds: 60,
    ...row,
  };
}

/** An inventory row with sensible values for what the test does not care about. */
export function stockRow(row: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    product: "Product 1",
    category: "Category 1",
    warehouse: "North",
    kind: "receipt",
    quantity: 1,
    unitCost: 1.5,
    occurredAt: NOW,
    ...row,
  };
}
