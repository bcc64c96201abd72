/**
 * Passes: everything that tiles hold, compared with what they must hold. One step is one mutation, by
 * cron or, a whole pass, on demand. It catches writes that bypass capture, in any field of any record.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { upkeepMutation, upkeepQuery } from "../functions.js";
import { vVerificationCursor } from "../schema/validators.js";
import { checkStep, vCheckResult, vTrack, type CheckResult } from "./check.js";
import { passStart } from "./cursor.js";
import { recordStep, trimDrifts } from "./record.js";
import { setChecked, setVerified } from "./verified.js";

/** The pause between the steps of a pass on demand, so that it does not starve writers. */
const PASS_PAUSE_MS = 100;

/** One step, read in a snapshot. */
export const check = upkeepQuery({
  args: { cursor: vVerificationCursor, track: vTrack },
  returns: v.union(v.null(), vCheckResult),
  handler: (ctx, { tenantId, cursor, track }) => checkStep(ctx, tenantId, cursor, track),
});

/** One step of a tenant's pass. With `until`, goes on until that many passes are complete. */
export const run = upkeepMutation({
  args: { until: v.optional(v.number()) },
  returns: v.null(),
  handler: async (ctx, { tenantId, until }) => {
    await passStep(ctx, tenantId);
    if (until !== undefined && ((await readVerification(ctx, tenantId))?.passes ?? 0) < until) {
      await ctx.scheduler.runAfter(PASS_PAUSE_MS, internal.verification.pass.run, {
        tenantId,
        until,
      });
    }
    return null;
  },
});

export async function readVerification(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"verifications"> | null> {
  return await ctx.db
    .query("verifications")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}

/** The row of a tenant that nothing was compared of yet. */
export function newVerification(
  ctx: Pick<QueryCtx, "app">,
  tenantId: string,
  now: number,
): Omit<Doc<"verifications">, "_id" | "_creationTime"> {
  const counts = { passes: 0, checked: 0, equal: 0, unchecked: 0, unreadable: 0 };
  return { tenantId, cursor: passStart(ctx), ...counts, last: null, updatedAt: now };
}

/** Returns the bytes that the step read; null where it has to wait for the worker. */
export async function passStep(ctx: MutationCtx, tenantId: string): Promise<number | null> {
  const now = ctx.now;
  const row = await readVerification(ctx, tenantId);
  const before = row ?? newVerification(ctx, tenantId, now);
  const result: CheckResult | null = await ctx.runQuery(
    internal.verification.pass.check,
    { tenantId, cursor: before.cursor, track: "pass" },
    { useStaleSnapshot: true },
  );
  if (result === null) return null;
  await recordStep(ctx, tenantId, "pass", result, now);
  const { found, next, bytes } = result;
  const sum = (of: (one: (typeof found.rollups)[number]) => number) =>
    found.rollups.reduce((total, one) => total + of(one), 0);
  const unreadable = (before.unreadable ?? 0) + found.unreadable;
  const counts = {
    checked: before.checked + sum(({ checked }) => checked),
    equal: before.equal + sum(({ equal }) => equal),
    unchecked: before.unchecked + sum(({ unchecked }) => unchecked) + found.unreadable,
    unreadable,
  };
  const startedAt = before.startedAt ?? now;
  const rollups = rollupsAfter(before, result);
  let after = { ...before, ...counts, cursor: next ?? passStart(ctx), startedAt, rollups };
  if (next === null) {
    await setVerified(ctx, tenantId, rollups, result.ready, now);
    for (const cube of result.cubes) await setChecked(ctx, tenantId, cube, startedAt);
    await trimDrifts(ctx, tenantId);
    const { startedAt: _, rollups: __, ...rest } = after;
    after = {
      ...rest,
      ...{ checked: 0, equal: 0, unchecked: 0, unreadable: 0 },
      passes: before.passes + 1,
      last: { ...counts, finishedAt: now },
    } as typeof after;
    if (after.watch !== undefined) after.watch = { ...after.watch, differed: 0 };
  }
  if (row === null) await ctx.db.insert("verifications", { ...after, updatedAt: now });
  else await ctx.db.replace("verifications", row._id, { ...after, updatedAt: now });
  return bytes;
}

type PassRollups = NonNullable<Doc<"verifications">["rollups"]>;

/** Generations that served when the pass began, and in every step since, with what was found of each. */
function rollupsAfter(
  { rollups }: Pick<Doc<"verifications">, "rollups">,
  { found, ready }: CheckResult,
): PassRollups {
  const known = rollups ?? ready.map(({ state }) => ({ state, differed: 0, unchecked: 0 }));
  return known
    .filter(({ state }) => ready.some((one) => one.state === state))
    .map((one) => {
      const mine = found.rollups.find(({ state }) => state === one.state);
      if (mine === undefined) return one;
      return {
        state: one.state,
        differed: one.differed + mine.differed,
        unchecked: one.unchecked + mine.unchecked,
      };
    });
}
