/**
 * The reference app on convex-test, with the component mounted: real functions, real schemas, the fold
 * worker driven step by step so that a test decides when what is folded. Fake timers keep the worker's
 * own loop still.
 */
import { foldLimits } from "../../convex/components/rollups/limits/fold.js";
import { convexTest } from "convex-test";
import aggregate from "@convex-dev/aggregate/test";
import batchWorker from "@convex-dev/batch-worker/test";
import rateLimiter from "@convex-dev/rate-limiter/test";
import {
  componentsGeneric,
  httpRouter,
  makeFunctionReference,
  type FunctionReturnType,
} from "convex/server";
import { v } from "convex/values";
import { vi } from "vitest";
import type { Row } from "../../lib/query/answer.js";
import { api, components, internal as appInternal } from "../../convex/_generated/api.js";
import { catalogue } from "../../convex/cubes.js";
import type { internal } from "../../convex/components/rollups/_generated/api.js";
import type { MutationCtx } from "../../convex/components/rollups/_generated/server.js";
import componentSchema from "../../convex/components/rollups/schema.js";
import { internalMutation as rawInternal, mutation } from "../../convex/_generated/server.js";
import { rollups as shipped } from "../../convex/rollups.js";
import schema from "../../convex/schema.js";
import { look } from "./peek.js";
import {
  Rollups,
  type AlertOptions,
  type CatalogueOptions,
  type LimitOverrides,
  type RolloutOptions,
} from "../../src/client/index.js";

const appModules = import.meta.glob(["../../convex/**/*.*s", "!../../convex/components/**"]);
const componentModules = import.meta.glob("../../convex/components/rollups/**/*.*s");

/** The component's own functions, which the app does not see. */
export const inner = componentsGeneric()["rollups"] as unknown as typeof internal & {
  peek: { run: typeof internal.worker.kick.discover };
};

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

/** What of the deployed code a test varies: what is returned holds for the next call. */
export interface Deployed {
  /** The cubes whose rollups there are, over the shipped tables. Their fields are the shipped ones. */
  cubes?: () => CatalogueOptions;
  limits?: () => LimitOverrides;
  /** What the app says of its rollout. */
  rollout?: RolloutOptions;
  /** What is called with alerts, and the functions of the module `alerts`. */
  alerts?: AlertOptions;
  notify?: Record<string, unknown>;
  /** Its routes are `/metrics` alone. */
  isMeasured?: boolean;
}

const tenantField = { tenant: "tenantId" } as const;

/** The shipped cubes as the app declares them. */
export const shippedCubes = {
  watch: { ...catalogue.watch, ...tenantField },
  inventory: { ...catalogue.inventory, ...tenantField },
} satisfies CatalogueOptions;

/** Totals of stock whose hours may be kept for a limited time: nothing finer would be kept for longer. */
export const hourlyTotals = {
  ...shippedCubes.inventory.rollups.totals,
  levels: { hour: "day", day: "month", month: "year", year: "year" },
} as const;

function measured(rollups: Pick<typeof shipped, "metrics">) {
  const http = httpRouter();
  rollups.metrics(http);
  return http;
}

/** The modules of an app whose rollups are of other cubes, or have other limits. */
function varied({ cubes = () => shippedCubes, limits = () => ({}), rollout, ...code }: Deployed) {
  const { options } = shipped as unknown as { options: ConstructorParameters<typeof Rollups>[1] };
  const made = new Map<string, ReturnType<typeof functionsOf>>();
  const functionsOf = () => {
    const rollups = new Rollups(components.rollups, {
      ...options,
      cubes: cubes(),
      limits: limits(),
      ...(code.alerts && { alerts: code.alerts }),
    });
    const { internalMutation } = rollups.mutations({ mutation, internalMutation: rawInternal });
    const insert = internalMutation({
      args: { table: v.string(), doc: v.any() },
      handler: async (ctx, { table, doc }) =>
        void (await ctx.db.insert(table as never, doc as never)),
    });
    return {
      ...{ ...rollups.functions(), ...rollups.held(), ...rollups.admin() },
      ...{ ...rollups.advisor(), ...rollups.rollout(rollout as never) },
      ...{ insert, patterns: rollups.patterns(), http: measured(rollups) },
    };
  };
  const current = () => {
    const key = JSON.stringify([cubes(), limits()]);
    const known = made.get(key) ?? functionsOf();
    made.set(key, known);
    return Promise.resolve(known);
  };
  const modules = ["rollups", "advisor", "aggregates", "held", "flags"];
  return {
    ...Object.fromEntries(modules.map((name) => [`../../convex/${name}.ts`, current])),
    "../../convex/patterns.ts": async () => (await current()).patterns,
    ...(code.isMeasured && {
      "../../convex/http.ts": async () => ({ default: (await current()).http }),
    }),
    ...(code.notify && { "../../convex/alerts.ts": () => Promise.resolve(code.notify) }),
  };
}

/**
 * A fresh backend with limits enforced, or with `share` of them, and with the app's schema or another
 * one. Call inside a test; timers are fake until the test ends.
 */
export function startBackend(share = 1, deployed: typeof schema = schema, code: Deployed = {}) {
  stopClock();
  const transactionLimits = Object.fromEntries(
    Object.entries(LIMITS).map(([name, limit]) => [name, Math.floor(limit * share)]),
  );
  const modules = { ...appModules, ...(Object.keys(code).length > 0 ? varied(code) : {}) };
  const t = convexTest({ schema: deployed, modules, transactionLimits });
  mount(t);
  return t;
}

/** Timers stand still, and so does the time, until the test ends. */
export function stopClock(): void {
  vi.useFakeTimers({ now: NOW, toFake: ["setTimeout", "setInterval", "Date"] });
}

/** Mounts the component, with what a test looks into it by. */
export function mount(t: Pick<ReturnType<typeof convexTest>, "registerComponent">): void {
  t.registerComponent("rollups", componentSchema, {
    ...componentModules,
    "../../convex/components/rollups/peek.ts": () => import("./peek.js"),
  });
  batchWorker.register(t as never, "rollups/batchWorker");
  rateLimiter.register(t as never);
  aggregate.register(t as never, "rollups/aggregate");
}

/** Stores a record as a mutation of the deployed version does: `startBackend` says which that is. */
export async function insertAsDeployed(t: Backend, table: string, doc: object): Promise<void> {
  await t.mutation(makeFunctionReference<"mutation">("rollups:insert"), { table, doc });
}

/** Looks at, or changes, what the component stores, as `t.run` does for the app's tables. */
export async function inside<T>(t: Backend, body: (ctx: MutationCtx) => Promise<T>): Promise<T> {
  return await look(body, () => t.mutation(inner.peek.run, {}));
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
  await t.mutation(appInternal.tenants.ensure, { tenantId, name: tenantId, timezone });
  await known(t, tenantId);
  const identity = { issuer: "https://issuer.test", subject };
  await t.mutation(appInternal.tenants.ensureMember, {
    tenantId,
    tokenIdentifier: `${identity.issuer}|${identity.subject}`,
    role,
  });
  return t.withIdentity(identity);
}

/** What the wake-up of the tenant's worker notes, without the worker. */
async function known(t: Backend, tenantId: string): Promise<void> {
  await t.mutation(appInternal.rollups.start, {});
  await inside(t, async (ctx) => {
    const tenant = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    if (tenant === null) await ctx.db.insert("tenants", { tenantId });
  });
}

/** One iteration of the tenant's worker, on time. False when there was nothing to do. */
export async function foldOnce(t: Backend, tenantId = "acme"): Promise<boolean> {
  await beOnTime(t, tenantId);
  const work = await t.query(inner.worker.nextWork.nextWork, { name: `fold:${tenantId}` });
  if (!("batch" in work)) return false;
  vi.setSystemTime(Date.now() + 300);
  await t.mutation(inner.worker.worker.work, work.batch);
  return true;
}

/** Tests move the clock by days: the watch has come by, and found that the worker sleeps. */
export async function beOnTime(t: Backend, tenantId: string): Promise<void> {
  await inside(t, async (ctx) => {
    const row = await ctx.db
      .query("awake")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    if (row !== null && row.dueAt < Date.now() - foldLimits.overdueMs) {
      await ctx.db.delete("awake", row._id);
    }
  });
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

/** Rows of queries that are not known to the compiler: any member. */
export type Loaded = Omit<FunctionReturnType<typeof api.aggregates.load>, "data"> & { data: Row[] };

/** `aggregates:load` as the given member. */
export async function load(
  member: Awaited<ReturnType<typeof tenantOf>>,
  query: unknown,
  options: { tenantId?: string; freshness?: "live" | "folded"; atLeast?: string } = {},
): Promise<Loaded> {
  return await member.query(api.aggregates.load, {
    tenantId: "acme",
    query: query as never,
    ...options,
  });
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
