/** What an admin may ask of a tenant's rollups. The fold worker does it; nothing stops serving. */
import { v } from "convex/values";
import { RollupsError } from "../lib/errors";
import { bucketStart, nextBucket } from "../lib/time/calendar";
import { finestAt, storedFrom } from "../lib/tiles/coverage";
import { DAY_MS } from "../lib/time/civil";
import { parseDateRange, resolveRange } from "../lib/planner/dateRange";
import { internal } from "./_generated/api";
import type { Doc } from "./_generated/dataModel";
import type { MutationCtx } from "./_generated/server";
import { sourceExpired } from "../lib/model/expiry";
import { expiredSources, sourceFrom } from "./expiry/sourceFrom";
import { mustAdminister, mustGetTenant } from "./access/membership";
import { coded, fail } from "./errors";
import { tenantMutation } from "./functions";
import { readStates } from "./fold/plan";
import { wakeIfIdle } from "./fold/status";
import { coverageOf } from "./retention/coverage";
import { readRestores } from "./retention/restore";
import { vGranularity } from "./rollups/tables";
import { queueChange, queueDrift, queueRebuild } from "./repairs/queue";
import { generationOf } from "./repairs/repair";
import { declaredRollups, rebuiltFrom } from "./rollups/declared";
import type { Generation } from "./tiles/store";

/** Buckets that one refresh may ask for, over all rollups. */
const REFRESH_BUCKETS_MAX = 1000;

/** How long restored tiles are held unless asked otherwise: a week to look at them. */
const RESTORE_DAYS = 7;
const RESTORE_DAYS_MAX = 3650;

/** Partitions of one restore: more than a year of days. */
const RESTORE_PARTITIONS_MAX = 400;

/** Dead letters of one replay. */
const REPLAY_LETTERS = 100;

const selection = { cube: v.string(), rollup: v.optional(v.string()) };

/**
 * Builds new generations of a cube's rollups, or of one, from the source. Where records have expired
 * their history is taken from other rollups, and it is refused with `SourceExpired` if none holds it.
 */
export const rebuild = tenantMutation({
  args: selection,
  returns: v.object({ rollups: v.array(v.string()) }),
  handler: async (ctx, { cube, rollup }) => {
    mustAdminister(ctx.member);
    const { tenantId } = ctx.member;
    const generations = await selected(ctx, tenantId, cube, rollup, ["ready", "failed"]);
    await mustBeBuildable(ctx, tenantId, cube, generations);
    for (const generation of generations) await queueRebuild(ctx, generation);
    await wakeIfIdle(ctx, ctx.member.tenantId);
    return { rollups: generations.map((generation) => generation.rollup) };
  },
});

/**
 * Recomputes a range of a cube's rollups, or of one, from the source, in place. Refused with
 * `SourceExpired` where a bucket begins before the time that records reach back to.
 */
export const refresh = tenantMutation({
  args: { ...selection, dateRange: v.array(v.string()) },
  returns: v.object({ buckets: v.number() }),
  handler: async (ctx, { cube, rollup, dateRange }) => {
    mustAdminister(ctx.member);
    const { tenantId } = ctx.member;
    const { timezone } = await mustGetTenant(ctx, tenantId);
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
    await wakeIfIdle(ctx, tenantId);
    return { buckets };
  },
});

/**
 * Replays changes that were set aside, some at a time: the buckets of each are computed anew from the
 * source, which holds what the change did, and its letter goes. Call it again while `left` is true.
 * Buckets whose records have expired were restored before, or their rollup has failed.
 */
export const replay = tenantMutation({
  args: {},
  returns: v.object({ replayed: v.number(), left: v.boolean() }),
  handler: async (ctx) => {
    mustAdminister(ctx.member);
    const { tenantId } = ctx.member;
    const letters = await ctx.db
      .query("deadLetters")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
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
    await wakeIfIdle(ctx, tenantId);
    return { replayed: replayed.length, left: letters.length > REPLAY_LETTERS };
  },
});

/**
 * Brings expired tiles of a level back, from `from` on, and holds them for `days`: from their archives,
 * or from the source where it holds few records. The worker does it, newest first; how it goes, and
 * why it does not (`ArchiveStale`, `ArchiveCorrupt`, `NotArchived`), is in `restores` of
 * `aggregates:health`. Asking again starts anew.
 */
export const restore = tenantMutation({
  args: {
    cube: v.string(),
    rollup: v.string(),
    granularity: vGranularity,
    /** A date, in the rollup's zone. */
    from: v.string(),
    days: v.optional(v.number()),
  },
  returns: v.object({ partitions: v.number() }),
  handler: async (ctx, { cube, rollup, granularity, from, days = RESTORE_DAYS }) => {
    mustAdminister(ctx.member);
    const { tenantId } = ctx.member;
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
    const asked = { from: oldest, until: Date.now() + days * DAY_MS };
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
    await wakeIfIdle(ctx, tenantId);
    return { partitions };
  },
});

/** Starts a whole verification pass now; `aggregates:health` shows how it goes. */
export const verify = tenantMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    mustAdminister(ctx.member);
    const { tenantId } = ctx.member;
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
  const wanted = declaredRollups(await mustGetTenant(ctx, tenantId)).filter(
    ({ definition }) => definition.cube === cube && names.has(definition.name),
  );
  const buildable = rebuiltFrom(wanted, await readStates(ctx, tenantId), expired, Date.now());
  await coded(() => {
    if (buildable.length < names.size) throw sourceExpired(cube, wholeFrom);
  });
}

async function selected(
  ctx: MutationCtx,
  tenantId: string,
  cube: string,
  rollup: string | undefined,
  statuses: Doc<"rollupStates">["status"][],
) {
  const states = (await readStates(ctx, tenantId)).filter(
    (state) =>
      statuses.includes(state.status) &&
      state.cube === cube &&
      (rollup === undefined || state.rollup === rollup),
  );
  if (states.length === 0) {
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
