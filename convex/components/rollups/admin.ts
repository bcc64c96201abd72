/** What an admin may ask of a tenant's rollups. The fold worker does it; nothing stops serving. */
import { v } from "convex/values";
import { RollupsError } from "../../../lib/errors.js";
import { bucketStart, nextBucket } from "../../../lib/time/calendar.js";
import { finestAt, storedFrom } from "../../../lib/tiles/coverage.js";
import { DAY_MS } from "../../../lib/time/civil.js";
import { parseDateRange, resolveRange } from "../../../lib/query/dateRange.js";
import { internal } from "./_generated/api.js";
import type { Doc } from "./_generated/dataModel.js";
import type { MutationCtx } from "./app/ctx.js";
import { sourceExpired } from "../../../lib/model/expiry.js";
import { expiredSources, sourceFrom } from "./sources/sourceFrom.js";
import { coded, fail } from "./errors/errors.js";
import { tenantMutation } from "./functions.js";
import { unsettle } from "./wake/awake.js";
import { wakeIfIdle } from "./wake/status.js";
import { coverageOf } from "./generations/coverage.js";
import { readRestores } from "./retention/restore.js";
import { rebuildArgs, refreshArgs, restoreArgs } from "./schema/requests.js";
import { queueChange, queueDrift, queueRebuild } from "./repairs/queue.js";
import { declaredRollups, rebuiltFrom } from "./generations/declared.js";
import { readOrders } from "./order/states.js";
import { readStates } from "./generations/states.js";
import type { Generation } from "./generations/generation.js";
import { generationOf } from "./generations/generation.js";

/** Buckets that one refresh may ask for, over all rollups. */
const REFRESH_BUCKETS_MAX = 1000;

/** How long restored tiles are held unless asked otherwise: a week to look at them. */
const RESTORE_DAYS = 7;
const RESTORE_DAYS_MAX = 3650;

/** Partitions of one restore: more than a year of days. */
const RESTORE_PARTITIONS_MAX = 400;

/** Dead letters of one replay. */
const REPLAY_LETTERS = 100;

/**
 * Builds new generations of a cube's rollups and order statistics, or of one, from the source. Where records have expired
 * their history is taken from other rollups, and it is refused with `SourceExpired` if none holds it.
 */
export const rebuild = tenantMutation({
  args: rebuildArgs,
  returns: v.object({ rollups: v.array(v.string()) }),
  handler: async (ctx, { cube, rollup }) => {
    const { tenantId } = ctx;
    const orders = (await readOrders(ctx, tenantId, cube)).filter(
      ({ name, status }) =>
        (rollup === undefined || name === rollup) && (status === "ready" || status === "failed"),
    );
    for (const { _id } of orders) await ctx.db.patch("orderStates", _id, { isOutdated: true });
    const mayBeNone = orders.length > 0;
    const statuses = ["ready", "failed"] as const;
    const generations = await selected(ctx, tenantId, cube, rollup, statuses, mayBeNone);
    await mustBeBuildable(ctx, tenantId, cube, generations);
    for (const generation of generations) await queueRebuild(ctx, generation);
    await wakeIfIdle(ctx, ctx.tenantId, ctx.app.source);
    if (orders.length > 0) await unsettle(ctx, tenantId);
    const rebuilt = generations.map((generation) => generation.rollup);
    return { rollups: [...rebuilt, ...orders.map(({ name }) => `${cube}.${name}`)] };
  },
});

/**
 * Recomputes a range of a cube's rollups, or of one, from the source, in place. Refused with
 * `SourceExpired` where a bucket begins before the time that records reach back to.
 */
export const refresh = tenantMutation({
  args: refreshArgs,
  returns: v.object({ buckets: v.number() }),
  handler: async (ctx, { cube, rollup, dateRange }) => {
    const { tenantId } = ctx;
    const { timezone } = ctx.app.clocks;
    const { from, to } = await coded(() => rangeOf(dateRange, timezone));
    const wholeFrom = await sourceFrom(ctx, tenantId, cube);
    let buckets = 0;
    for (const generation of await selected(ctx, tenantId, cube, rollup, ["ready"])) {
      const { definition, coverage } = generation;
      const zone = definition.timezone;
      // Where a level's tiles begin within a bucket of the next one, both are refreshed.
      const starts = definition.levels.map((level) => storedFrom(coverage, level));
      let t = from;
      while (t < to) {
        const level = finestAt(definition, coverage, t);
        if (level === null) break;
        const bucket = bucketStart(level.granularity, zone, t);
        await coded(() => {
          if (wholeFrom !== null && bucket < wholeFrom) throw sourceExpired(cube, wholeFrom);
        });
        if (++buckets > REFRESH_BUCKETS_MAX) {
          fail("RangeTooLarge", `A refresh covers at most ${REFRESH_BUCKETS_MAX} buckets.`, {
            bucketsMax: REFRESH_BUCKETS_MAX,
          });
        }
        await queueDrift(ctx, generation, level, bucket);
        const end = nextBucket(level.granularity, zone, bucket);
        t = Math.min(end, ...starts.filter((start) => start > t));
      }
    }
    await wakeIfIdle(ctx, tenantId, ctx.app.source);
    return { buckets };
  },
});

/**
 * Replays changes that were set aside, some at a time: the buckets of each are computed again from the
 * source, which holds what the change did, and its letter goes. Call it again while `left` is true.
 * Buckets whose records have expired were restored before, or their rollup has failed.
 */
export const replay = tenantMutation({
  args: {},
  returns: v.object({ replayed: v.number(), left: v.boolean() }),
  handler: async (ctx) => {
    const { tenantId } = ctx;
    const letters = await ctx.db
      .query("deadLetters")
      .withIndex("by_record", (q) => q.eq("tenantId", tenantId))
      .take(REPLAY_LETTERS + 1);
    const generations = (await readStates(ctx, tenantId)).map(generationOf);
    const expired = await expiredSources(ctx, tenantId);
    const replayed = letters.slice(0, REPLAY_LETTERS);
    for (const { _id, rollup, generation, change } of replayed) {
      const found = generations.find(
        (one) => one.rollup === rollup && one.generation === generation,
      );
      // What was built since was built from the source, with the change in it.
      if (found !== undefined) await queueChange(ctx, found, change, expired.get(change.cube));
      await ctx.db.delete("deadLetters", _id);
    }
    await wakeIfIdle(ctx, tenantId, ctx.app.source);
    return { replayed: replayed.length, left: letters.length > REPLAY_LETTERS };
  },
});

/**
 * Brings expired tiles of a level back, from `from` on, and holds them for `days`: from their archives,
 * or from the source where it holds few records. The worker does it, newest first; how it goes, and
 * why it does not (`ArchiveStale`, `ArchiveCorrupt`, `NotArchived`), is in `restores` of
 * `aggregates:health`. Asking again starts again.
 */
export const restore = tenantMutation({
  args: restoreArgs,
  returns: v.object({ partitions: v.number() }),
  handler: async (ctx, { cube, rollup, granularity, from, days = RESTORE_DAYS }) => {
    const { tenantId } = ctx;
    if (!(days >= 1 && days <= RESTORE_DAYS_MAX)) {
      fail("InvalidDays", `Tiles are held for 1 to ${RESTORE_DAYS_MAX} days.`, { days });
    }
    await selected(ctx, tenantId, cube, rollup, ["ready"]);
    const state = (await readStates(ctx, tenantId)).find(
      (one) => one.cube === cube && one.rollup === rollup && one.status === "ready",
    );
    const level = state?.definition.levels.find((one) => one.granularity === granularity);
    if (state === undefined || level === undefined) {
      return fail("UnknownLevel", "The rollup does not keep this granularity.", { granularity });
    }
    const { timezone } = state.definition;
    const range = await coded(() => rangeOf([from], timezone));
    const oldest = bucketStart(level.partition, timezone, range.from);
    const kept = coverageOf(state).find((one) => one.granularity === granularity);
    let partitions = 0;
    const end = kept?.servedFrom ?? oldest;
    for (let at = oldest; at < end; at = nextBucket(level.partition, timezone, at)) {
      if (++partitions > RESTORE_PARTITIONS_MAX) {
        fail("RangeTooLarge", `A restore covers at most ${RESTORE_PARTITIONS_MAX} partitions.`, {
          partitionsMax: RESTORE_PARTITIONS_MAX,
        });
      }
    }
    if (partitions === 0) return { partitions };
    const asked = { from: oldest, until: ctx.now + days * DAY_MS };
    const known = (await readRestores(ctx, tenantId)).find(
      (one) => one.state === state._id && one.granularity === granularity,
    );
    if (known !== undefined && known.status !== "failed") {
      await ctx.db.patch("restores", known._id, {
        from: Math.min(known.from, asked.from),
        until: Math.max(known.until, asked.until),
      });
    } else {
      if (known !== undefined) await ctx.db.delete("restores", known._id);
      await ctx.db.insert("restores", {
        ...{ tenantId, state: state._id, granularity, ...asked },
        ...{ status: "waiting", requestedAt: 0, hasPending: false, error: null },
      });
    }
    await wakeIfIdle(ctx, tenantId, ctx.app.source);
    return { partitions };
  },
});

/** Starts a whole verification pass now; `aggregates:health` shows how it goes. */
export const verify = tenantMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const { tenantId } = ctx;
    const row = await ctx.db
      .query("verifications")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    await ctx.scheduler.runAfter(0, internal.verification.pass.run, {
      tenantId,
      // The pass under way, and a whole one after it.
      until: (row?.passes ?? 0) + 2,
    });
    return null;
  },
});

async function mustBeBuildable(
  ctx: MutationCtx,
  tenantId: string,
  cube: string,
  generations: Generation[],
): Promise<void> {
  const expired = await expiredSources(ctx, tenantId);
  const wholeFrom = expired.get(cube);
  if (wholeFrom === undefined) return;
  const names = new Set(generations.map(({ definition }) => definition.name));
  const wanted = declaredRollups(ctx.app).filter(
    ({ definition }) => definition.cube === cube && names.has(definition.name),
  );
  const buildable = rebuiltFrom(ctx, wanted, await readStates(ctx, tenantId), expired);
  await coded(() => {
    if (buildable.length < names.size) throw sourceExpired(cube, wholeFrom);
  });
}

async function selected(
  ctx: MutationCtx,
  tenantId: string,
  cube: string,
  rollup: string | undefined,
  statuses: readonly Doc<"rollupStates">["status"][],
  mayBeNone = false,
) {
  const states = (await readStates(ctx, tenantId)).filter(
    (state) =>
      statuses.includes(state.status) &&
      state.cube === cube &&
      (rollup === undefined || state.rollup === rollup),
  );
  if (states.length === 0 && !mayBeNone) {
    fail("UnknownRollup", "No rollup of that name serves this tenant.", {
      cube,
      rollup: rollup ?? null,
    });
  }
  return states.map(generationOf);
}

function rangeOf(dateRange: string[], timezone: string): { from: number; to: number } {
  const [first, second = first, ...more] = dateRange;
  const wall =
    first === undefined || second === undefined || more.length > 0
      ? null
      : parseDateRange([first, second]);
  const { from, to } = wall === null ? { from: null, to: null } : resolveRange(timezone, wall);
  if (from === null || to === null) {
    throw new RollupsError("InvalidDateRange", "Expected [from, to] as dates or date-times", {
      dateRange,
    });
  }
  return { from, to };
}
