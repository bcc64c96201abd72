/** What is wrong with a tenant, from documents that upkeep keeps anyway: a look writes nothing. */
import { advance, type Condition } from "../../../../lib/alerts/alert.js";
import type { FreshnessTargets } from "../../../../lib/model/cube.js";
import { budgetBytes, current, isOverBudget } from "../../../../lib/cost/upkeep.js";
import { canonicalJson } from "../../../../lib/hash/canonical.js";
import { components } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Limits } from "../limits/limits.js";
import { rollupKey } from "../generations/generation.js";
import { readBackfills, readStates } from "../generations/states.js";
import { foldPosition, foldState, oldestUnfolded } from "../log/reader.js";
import { readAwake } from "../wake/awake.js";
import { workerName } from "../wake/status.js";
import { FreshnessReader, hasFailed } from "./rollupFreshness.js";

/** Rows of each kind that a look reads: what is beyond is of the same kind. */
const ROWS_MAX = 100;
/** A difference that verification found is one for this long at least, however soon it is restored. */
const FOUND_MS = 60_000;

type State = Doc<"rollupStates">;

interface Observed {
  conditions: Condition[];
  /** When a target will be passed if the worker goes on as it does, epoch ms; null where it is well. */
  nextAt: number | null;
}

/** What a check goes by; null where the app wants no alerts, or cannot be asked. */
export type Looked = (Observed & { limits: Limits["alerts"] }) | null;

/** What a plan has read: the worker is at it. */
interface Seen {
  fold: Doc<"foldStates"> | null;
  states: State[];
}

export async function alertState(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"alertStates"> | null> {
  return await ctx.db
    .query("alertStates")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}

/**
 * What a check has to go by, where it would write something; null where it would not, and where the app wants no alerts.
 * For plans, which say what they have read, and for the watch: they write nothing themselves.
 */
export async function dueConditions(ctx: QueryCtx, tenantId: string, seen?: Seen): Promise<Looked> {
  if (ctx.app.alerts === undefined) return null;
  const { alerts: limits } = ctx.app.limits;
  const [row, observed] = await Promise.all([
    alertState(ctx, tenantId),
    observe(ctx, tenantId, seen),
  ]);
  const known = row?.alerts ?? [];
  const { alerts } = advance(known, observed.conditions, ctx.now, limits);
  const isChanged = canonicalJson(alerts) !== canonicalJson(known);
  const isFollowed = observed.nextAt === null || (row?.checkAt ?? null) !== null;
  return isChanged || !isFollowed ? { ...observed, limits } : null;
}

export async function observe(ctx: QueryCtx, tenantId: string, seen?: Seen): Promise<Observed> {
  const fold = seen ? seen.fold : await foldState(ctx, tenantId);
  const states = seen?.states ?? (await readStates(ctx, tenantId));
  const worker = seen ? null : await workerOf(ctx, tenantId);
  const { fresh, nextAt } = await freshnessOf(ctx, tenantId, states);
  const conditions = [
    ...fresh,
    ...states.filter((one) => one.status !== "retiring" && hasFailed(one)).map(failureOf),
    ...(worker?.condition ? [worker.condition] : []),
    ...(await driftsOf(ctx, tenantId)),
    ...(await rollbacksOf(ctx, tenantId)),
    ...budgetOf(ctx, fold),
  ];
  return { conditions, nextAt: worker?.isStill === true ? nextAt : null };
}

/** Of each rollup with a target: of the generation that serves, else of the one that is built. */
async function freshnessOf(ctx: QueryCtx, tenantId: string, states: State[]) {
  const { freshness: targets, limits } = ctx.app;
  const fresh: Condition[] = [];
  const next: number[] = [];
  const targeted = targetedStates(states, targets);
  if (targeted.length === 0) return { fresh, nextAt: null };
  const backfills = await readBackfills(ctx, tenantId);
  const reader = new FreshnessReader(ctx, tenantId, targets, backfills);
  for (const state of targeted) {
    const key = rollupKey(state.definition);
    const found = await reader.of(state);
    if (found === null) continue;
    const { ageMs, target } = found;
    const { cube, rollup } = state;
    const passed = (ms = Infinity) => ctx.now - (ageMs ?? 0) + ms;
    const since = (ms: number | undefined) => (passed(ms) <= ctx.now ? passed(ms) : null);
    const error = since(target.error);
    const seconds = Math.round((ageMs ?? 0) / 1000);
    const message =
      state.status === "building"
        ? `${key}: it has been built for ${seconds} s`
        : `${key}: the oldest change that is not folded is ${seconds} s old`;
    fresh.push({
      ...{ kind: "freshness", cube, rollup, ageMs, message, error },
      warn: since(target.warn) ?? error,
      // The alert of its failure tells.
      isUnknown: ageMs === null,
    });
    if (ageMs === null || ageMs === 0) continue;
    for (const ms of [target.warn, target.error]) {
      if (passed(ms) > ctx.now && ms !== undefined) next.push(passed(ms) + limits.alerts.holdMs);
    }
  }
  return { fresh, nextAt: next.length === 0 ? null : Math.min(...next) };
}

/** What answers for each rollup with a target: the generation that serves, else that which is built, or has failed. */
export function targetedStates(states: readonly State[], targets: FreshnessTargets): State[] {
  return Object.keys(targets).flatMap((key) => {
    const mine = states.filter((one) => rollupKey(one.definition) === key);
    const state =
      mine.find((one) => one.status === "ready" && !one.degraded) ??
      mine.find(({ status }) => status === "building") ??
      mine.find((one) => one.status !== "retiring");
    return state === undefined ? [] : [state];
  });
}

function failureOf({ cube, rollup, failure, _creationTime: since }: State): Condition {
  const why = failure?.message ?? "a change could not be folded, and is among the dead letters";
  return told("failed", cube, rollup, "error", since, `${cube}.${rollup}: ${why}`);
}

/** Whether the worker comes, as `standstill` of `health` has it, and whether there is something that it should fold. */
async function workerOf(ctx: QueryCtx, tenantId: string) {
  const [status, awake, position] = await Promise.all([
    ctx.runQuery(components.batchWorker.lib.status, { name: workerName(tenantId) }),
    readAwake(ctx, tenantId),
    foldPosition(ctx, tenantId),
  ]);
  const hasTail = (await oldestUnfolded(ctx, { tenantId }, position)) !== null;
  const isRunning = status?.kind === "running";
  const mayRun = isRunning || (status?.kind === "idle" && hasTail);
  const lateAt = awake === null ? Infinity : awake.dueAt + ctx.app.limits.fold.standstillMs;
  const isLate = mayRun && lateAt < ctx.now;
  const seconds = Math.round((ctx.now - (awake?.dueAt ?? ctx.now)) / 1000);
  const message = `the worker has not come for ${seconds} s: its iterations fail, or do not begin`;
  const condition = isLate ? told("standstill", null, null, "error", lateAt, message) : null;
  return { condition, isStill: hasTail && (isLate || !isRunning) };
}

async function driftsOf(ctx: QueryCtx, tenantId: string): Promise<Condition[]> {
  const [newest, repairs] = await Promise.all([
    ctx.db
      .query("drifts")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .order("desc")
      .take(ROWS_MAX),
    ctx.db
      .query("repairs")
      .withIndex("by_place", (q) => q.eq("tenantId", tenantId).eq("kind", "drift"))
      .take(ROWS_MAX),
  ]);
  const since = new Map<string, number>();
  for (const { rollup, foundAt } of newest) {
    if (ctx.now - foundAt < FOUND_MS) since.set(rollup, foundAt);
  }
  for (const { rollup, isFound, _creationTime } of repairs) {
    if (isFound === true && !since.has(rollup)) since.set(rollup, _creationTime);
  }
  return [...since].map(([key, at]) => {
    const [cube = "", rollup = ""] = key.split(".");
    const message = `${key}: verification found buckets that are not what the source says`;
    return told("drift", cube, rollup, "warn", at, message);
  });
}

async function rollbacksOf(ctx: QueryCtx, tenantId: string): Promise<Condition[]> {
  const rollouts = await ctx.db
    .query("rollouts")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
    .take(ROWS_MAX);
  return rollouts.flatMap(({ cube, rollback }) => {
    if (rollback === null) return [];
    const message = `${cube ?? "the tenant"}: its rollout was taken back, by ${rollback.count} ${rollback.reason}`;
    return [told("rollback", cube, null, "error", rollback.at, message)];
  });
}

function budgetOf({ app, now }: QueryCtx, fold: Doc<"foldStates"> | null): Condition[] {
  const { megabytesPerMonth } = app.limits.cost;
  const upkeep = current(fold?.upkeep ?? null, now);
  if (!isOverBudget(upkeep, megabytesPerMonth)) return [];
  const used = Math.round(budgetBytes(upkeep) / 1e6);
  const message = `upkeep has used ${used} MB of the ${megabytesPerMonth} MB of its month`;
  return [told("budget", null, null, "warn", now, message)];
}

function told(
  kind: Condition["kind"],
  cube: string | null,
  rollup: string | null,
  severity: "warn" | "error",
  since: number,
  message: string,
): Condition {
  const error = severity === "error" ? since : null;
  return { kind, cube, rollup, warn: since, error, ageMs: null, message };
}
