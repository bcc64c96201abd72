/**
 * Continuous verification: a few steps a minute and tenant, by cron; a whole pass on demand. It also
 * catches writes that bypass capture: dashboard edits, imports, raw database writes. What it finds is
 * queued for the fold worker to restore; it never writes a tile itself.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";
import { internalMutation, internalQuery } from "../functions";
import { wakeIfIdle } from "../fold/status";
import { generationOf } from "../repairs/repair";
import { queueDrift } from "../repairs/queue";
import { vGranularity, vVerificationCursor } from "../rollups/tables";
import { checkStep, passStart, type CheckResult } from "./check";

/** Steps of one run: together well below a second of work. */
const STEPS_PER_RUN = 4;
const TENANTS_PER_RUN = 50;
/** The pause between the runs of a pass on demand, so that it does not starve writers. */
const PASS_PAUSE_MS = 100;
/** Drift rows kept per tenant for people to look at. */
const DRIFTS_PER_RUN_MAX = 200;

/** One step, read in a snapshot. */
export const check = internalQuery({
  args: { tenantId: v.string(), cursor: vVerificationCursor },
  returns: v.union(
    v.null(),
    v.object({
      checked: v.number(),
      equal: v.number(),
      unchecked: v.number(),
      drifts: v.array(
        v.object({ state: v.id("rollupStates"), granularity: vGranularity, bucket: v.number() }),
      ),
      next: v.union(v.null(), vVerificationCursor),
    }),
  ),
  handler: (ctx, { tenantId, cursor }) => checkStep(ctx, tenantId, cursor),
});

/** A few steps for one tenant. With `until`, goes on until that many passes are complete. */
export const run = internalMutation({
  args: { tenantId: v.string(), until: v.optional(v.number()) },
  returns: v.null(),
  handler: async (ctx, { tenantId, until }) => {
    const passes = await runSteps(ctx, tenantId);
    if (until !== undefined && passes < until) {
      await ctx.scheduler.runAfter(PASS_PAUSE_MS, internal.verification.pass.run, {
        tenantId,
        until,
      });
    }
    return null;
  },
});

/** A few steps for every tenant, some tenants at a time. */
export const runAll = internalMutation({
  args: { after: v.optional(v.string()) },
  returns: v.null(),
  handler: async (ctx, { after }) => {
    const tenants = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.gt("tenantId", after ?? ""))
      .take(TENANTS_PER_RUN);
    for (const { tenantId } of tenants) {
      await ctx.scheduler.runAfter(0, internal.verification.pass.run, { tenantId });
    }
    const last = tenants.at(-1);
    if (last !== undefined && tenants.length === TENANTS_PER_RUN) {
      await ctx.scheduler.runAfter(0, internal.verification.pass.runAll, { after: last.tenantId });
    }
    return null;
  },
});

/** Returns the number of completed passes. */
async function runSteps(ctx: MutationCtx, tenantId: string): Promise<number> {
  const row = await ctx.db
    .query("verifications")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
  const now = Date.now();
  let state = {
    tenantId,
    cursor: row?.cursor ?? passStart(),
    passes: row?.passes ?? 0,
    checked: row?.checked ?? 0,
    equal: row?.equal ?? 0,
    unchecked: row?.unchecked ?? 0,
    last: row?.last ?? null,
    updatedAt: now,
  };
  let drifts = 0;
  for (let step = 0; step < STEPS_PER_RUN && drifts < DRIFTS_PER_RUN_MAX; step++) {
    const result: CheckResult | null = await ctx.runQuery(
      internal.verification.pass.check,
      { tenantId, cursor: state.cursor },
      { useStaleSnapshot: true },
    );
    if (result === null) break;
    await recordDrifts(ctx, tenantId, result, now);
    drifts += result.drifts.length;
    state = {
      ...state,
      checked: state.checked + result.checked,
      equal: state.equal + result.equal,
      unchecked: state.unchecked + result.unchecked,
    };
    if (result.next !== null) {
      state = { ...state, cursor: result.next };
      continue;
    }
    const { checked, equal, unchecked } = state;
    state = {
      ...state,
      cursor: passStart(),
      passes: state.passes + 1,
      last: { checked, equal, unchecked, finishedAt: now },
      checked: 0,
      equal: 0,
      unchecked: 0,
    };
    break;
  }
  if (row === null) await ctx.db.insert("verifications", state);
  else await ctx.db.replace("verifications", row._id, state);
  if (drifts > 0) await wakeIfIdle(ctx, tenantId);
  return state.passes;
}

async function recordDrifts(
  ctx: MutationCtx,
  tenantId: string,
  { drifts }: CheckResult,
  foundAt: number,
): Promise<void> {
  const states = new Map<string, Doc<"rollupStates"> | null>();
  for (const { state: id, granularity, bucket } of drifts) {
    if (!states.has(id)) states.set(id, await ctx.db.get("rollupStates", id));
    const state = states.get(id);
    if (state == null || state.status !== "ready") continue;
    const generation = generationOf(state);
    const level = generation.definition.levels.find((one) => one.granularity === granularity);
    if (level === undefined) continue;
    await queueDrift(ctx, generation, level, bucket);
    await ctx.db.insert("drifts", {
      tenantId,
      rollup: generation.rollup,
      generation: generation.generation,
      granularity,
      bucket,
      foundAt,
    });
  }
}
