/**
 * The watch: the source is gone through round and round, beside the passes, and compared with one narrow
 * rollup of each cube. A round reads hardly more than the records, so what was written past capture is
 * found soon; where something differs, all rollups are compared. Where people write, what they wrote
 * last is looked at first. A tenant that nobody writes to, and that is as it must be, is left in peace
 * for longer and longer.
 */
import { v } from "convex/values";
import { bucketStart } from "../../lib/time/calendar";
import { DAY_MS } from "../../lib/time/civil";
import { internal } from "../_generated/api";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { foldPosition } from "../changeLog/reader";
import { catalogue } from "../cubes";
import { mustCube } from "../fold/cubes";
import { readStates } from "../fold/plan";
import { internalMutation, internalQuery } from "../functions";
import { newestTime, sourceSpan } from "../sources/scan";
import type { CheckResult } from "./check";
import { judgedByDays, narrowest, roundStart, type SourceCursor } from "./cursor";
import {
  LINK_PAUSE_MS,
  PASS_BYTES,
  REST_MS,
  REST_MS_MAX,
  ROUND_BYTES,
  TENANTS_PER_RUN,
} from "./limits";
import { newVerification, passStep, readVerification } from "./pass";
import { recordStep } from "./record";
import { setChecked } from "./verified";

type Verification = Doc<"verifications">;
type Round = NonNullable<Verification["watch"]>;

/** Starts a turn for every tenant that is due, some tenants at a time. */
export const runAll = internalMutation({
  args: { after: v.optional(v.string()) },
  returns: v.null(),
  handler: async (ctx, { after }) => {
    const { due, last }: { due: string[]; last: string | null } = await ctx.runQuery(
      internal.verification.watch.findDue,
      { after: after ?? "", now: Date.now() },
      { useStaleSnapshot: true },
    );
    if (last !== null) {
      await ctx.scheduler.runAfter(0, internal.verification.watch.runAll, { after: last });
    }
    for (const tenantId of due) {
      await ctx.scheduler.runAfter(0, internal.verification.watch.turn, {
        tenantId,
        ...{ round: ROUND_BYTES, pass: PASS_BYTES },
      });
    }
    return null;
  },
});

/** Tenants whose turn it is; `last` to go on behind. A handful of small documents per tenant. */
export const findDue = internalQuery({
  args: { after: v.string(), now: v.number() },
  returns: v.object({ due: v.array(v.string()), last: v.union(v.string(), v.null()) }),
  handler: async (ctx, { after, now }) => {
    const tenants = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.gt("tenantId", after))
      .take(TENANTS_PER_RUN);
    const due: string[] = [];
    for (const { tenantId } of tenants) if (await isDue(ctx, tenantId, now)) due.push(tenantId);
    const last = tenants.length < TENANTS_PER_RUN ? null : (tenants.at(-1)?.tenantId ?? null);
    return { due, last };
  },
});

/** At the end of its rest, or as soon as something is written. */
async function isDue(ctx: QueryCtx, tenantId: string, now: number): Promise<boolean> {
  const row = await readVerification(ctx, tenantId);
  if (row === null) return true;
  if ((row.busyUntil ?? 0) > now) return false;
  if ((row.restUntil ?? 0) <= now) return true;
  return row.watch?.activity !== (await activityOf(ctx, tenantId));
}

/** What can be seen of writes in little: how far the log is folded, and the newest record of each cube. */
async function activityOf(ctx: QueryCtx, tenantId: string): Promise<string> {
  const { commitTs } = await foldPosition(ctx, tenantId);
  const spans = await Promise.all(
    Object.keys(catalogue).map((cube) => sourceSpan(ctx, mustCube(cube), tenantId)),
  );
  return [commitTs, ...spans.map(({ lastCreatedAt }) => lastCreatedAt)].join(" ");
}

/** What a turn has to know before its first step. */
export const look = internalQuery({
  args: { tenantId: v.string() },
  returns: v.object({
    activity: v.string(),
    /** Where the newest buckets of the cubes begin. */
    newest: v.array(v.object({ cube: v.string(), from: v.number() })),
  }),
  handler: async (ctx, { tenantId }) => {
    const states = (await readStates(ctx, tenantId)).filter(({ status }) => status === "ready");
    const newest: { cube: string; from: number }[] = [];
    for (const cube of Object.keys(catalogue)) {
      const definition = narrowest(judgedByDays(states, cube))?.definition;
      const granularity = definition?.levels[0]?.granularity;
      if (definition === undefined || granularity === undefined) continue;
      // What is dated later is no sign of where people write.
      const t = await newestTime(ctx, mustCube(cube), tenantId, Date.now() + DAY_MS);
      if (t === null) continue;
      const from = bucketStart(granularity, definition.timezone, Math.floor(t));
      newest.push({ cube, from });
    }
    return { activity: await activityOf(ctx, tenantId), newest };
  },
});

/**
 * A tenant's turn: steps of its round, then of its pass, one per mutation, until so many bytes are read.
 * The first link looks at what was written last.
 */
export const turn = internalMutation({
  args: {
    tenantId: v.string(),
    round: v.number(),
    pass: v.number(),
    goesOn: v.optional(v.boolean()),
  },
  returns: v.null(),
  handler: async (ctx, { tenantId, round, pass, goesOn }) => {
    const left = { round, pass };
    if (goesOn !== true) left.round -= await begin(ctx, tenantId);
    else if (round > 0) left.round -= await roundStep(ctx, tenantId);
    else left.pass -= (await passStep(ctx, tenantId)) ?? Infinity;
    const isOver = left.round <= 0 && left.pass <= 0;
    await setBusy(ctx, tenantId, isOver ? 0 : Date.now() + BUSY_MS);
    if (!isOver) {
      await ctx.scheduler.runAfter(LINK_PAUSE_MS, internal.verification.watch.turn, {
        tenantId,
        round: Math.max(0, left.round),
        pass: Math.max(0, left.pass),
        goesOn: true,
      });
    }
    return null;
  },
});

/** A chain that died is not waited for any longer. */
const BUSY_MS = 60_000;

/** Looks at what was written last, if something was; returns the bytes that it read. */
async function begin(ctx: MutationCtx, tenantId: string): Promise<number> {
  const now = Date.now();
  const seen: { activity: string; newest: { cube: string; from: number }[] } = await ctx.runQuery(
    internal.verification.watch.look,
    { tenantId },
    { useStaleSnapshot: true },
  );
  const row = await mustVerification(ctx, tenantId, now);
  const known = row.watch ?? newRound(now, "");
  if (known.activity === seen.activity) return 0;
  let watch: Round = { ...known, activity: seen.activity, calm: 0 };
  let bytes = 0;
  // It is where something differs already.
  if (watch.cursor.stage === "source" && watch.cursor.allTo !== undefined) seen.newest = [];
  for (const { cube, from } of seen.newest) {
    const cursor: SourceCursor = { stage: "source", cube, from, isQuick: true };
    const result = await checkQuick(ctx, tenantId, cursor);
    bytes += result?.bytes ?? 0;
    const next = result?.next;
    if (next?.stage !== "source" || next.allTo === undefined) continue;
    watch = { ...watch, cursor: next, isPartial: true, restUntil: 0 };
    break;
  }
  await ctx.db.patch("verifications", row._id, { watch, restUntil: 0, updatedAt: now });
  return bytes;
}

/** One step of the round; returns the bytes that it read, or Infinity where the turn has enough of it. */
async function roundStep(ctx: MutationCtx, tenantId: string): Promise<number> {
  const now = Date.now();
  const row = await mustVerification(ctx, tenantId, now);
  const watch = row.watch ?? newRound(now, "");
  if (watch.restUntil > now) return Infinity;
  const result = await checkQuick(ctx, tenantId, watch.cursor);
  if (result === null) return Infinity;
  await recordStep(ctx, tenantId, "watch", result, now);
  const differed = result.found.rollups.reduce((sum, one) => sum + one.differed, watch.differed);
  const isFound = result.found.rollups.some((one) => one.differed > 0);
  if (result.next !== null) {
    const calm = isFound ? 0 : watch.calm;
    const next = { ...watch, cursor: result.next, differed, calm };
    await ctx.db.patch("verifications", row._id, { watch: next, updatedAt: now });
    return result.bytes;
  }
  if (!watch.isPartial) {
    for (const cube of result.cubes) await setChecked(ctx, tenantId, cube, watch.startedAt);
  }
  const calm = watch.isPartial || isFound ? 0 : watch.calm + 1;
  const isSound = row.last !== null && row.last.equal === row.last.checked && differed === 0;
  const rest = calm > 1 && isSound ? Math.min(REST_MS_MAX, REST_MS * 2 ** (calm - 2)) : 0;
  const restUntil = isFound || watch.isPartial ? 0 : now + REST_MS;
  await ctx.db.patch("verifications", row._id, {
    watch: { ...newRound(now, watch.activity), calm, differed, restUntil },
    restUntil: now + rest,
    updatedAt: now,
  });
  return Infinity;
}

async function checkQuick(
  ctx: MutationCtx,
  tenantId: string,
  cursor: Round["cursor"],
): Promise<CheckResult | null> {
  return await ctx.runQuery(
    internal.verification.pass.check,
    { tenantId, cursor, track: "watch" },
    { useStaleSnapshot: true },
  );
}

function newRound(now: number, activity: string): Round {
  return {
    ...{ cursor: roundStart(), startedAt: now, isPartial: false },
    ...{ activity, calm: 0, differed: 0, restUntil: 0 },
  };
}

async function mustVerification(
  ctx: MutationCtx,
  tenantId: string,
  now: number,
): Promise<Verification> {
  const known = await readVerification(ctx, tenantId);
  if (known !== null) return known;
  const id = await ctx.db.insert("verifications", newVerification(tenantId, now));
  return (await ctx.db.get("verifications", id)) as Verification;
}

async function setBusy(ctx: MutationCtx, tenantId: string, busyUntil: number): Promise<void> {
  const row = await mustVerification(ctx, tenantId, Date.now());
  if (row.busyUntil !== busyUntil) await ctx.db.patch("verifications", row._id, { busyUntil });
}
