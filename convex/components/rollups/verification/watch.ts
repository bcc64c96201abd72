/**
 * The watch: the source is gone through round and round, beside the passes, and compared with one narrow
 * rollup of each cube. A round reads hardly more than the records, so what was written past capture is
 * found soon; where something differs, all rollups are compared. Where people write, what they wrote
 * last is looked at first. A tenant that nobody writes to, and that is as it must be, is left in peace
 * for longer and longer.
 */
import { v } from "convex/values";
import { bucketStart } from "../../../../lib/time/calendar.js";
import { DAY_MS } from "../../../../lib/time/civil.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { foldPosition } from "../log/reader.js";
import { mustCube } from "../app/cubes.js";
import { storedApp } from "../app/stored.js";
import { internalMutation, internalQuery, upkeepMutation, upkeepQuery } from "../functions.js";
import { newestTime, sourceSpan } from "../sources/scan.js";
import type { CheckResult } from "./check.js";
import { judgedByDays, narrowest, roundStart, type SourceCursor } from "./cursor.js";
import { newVerification, passStep, readVerification } from "./pass.js";
import { recordStep } from "./record.js";
import { setChecked } from "./verified.js";
import { readStates } from "../generations/states.js";

type Verification = Doc<"verifications">;
type Round = NonNullable<Verification["watch"]>;

/** Starts a turn for every tenant that is due, some tenants at a time. */
export const runAll = internalMutation({
  args: { after: v.optional(v.string()) },
  returns: v.null(),
  handler: async (ctx, { after }) => {
    const { due, last }: { due: string[]; last: string | null } = await ctx.runQuery(
      internal.verification.watch.findDue,
      { after: after ?? "", now: ctx.now },
      { useStaleSnapshot: true },
    );
    if (last !== null) {
      await ctx.scheduler.runAfter(0, internal.verification.watch.runAll, { after: last });
    }
    for (const tenantId of due) {
      await ctx.scheduler.runAfter(0, internal.verification.watch.turn, {
        tenantId,
      });
    }
    return null;
  },
});

/** Tenants whose turn it is; `last` to go on behind. A handful of small documents per tenant. */
export const findDue = internalQuery({
  args: { after: v.string(), now: v.number() },
  returns: v.object({ due: v.array(v.string()), last: v.union(v.string(), v.null()) }),
  handler: async (raw, { after, now }) => {
    const app = await storedApp(raw, null);
    if (app === null) return { due: [], last: null };
    const ctx = { ...raw, app };
    const most = app.limits.verification.tenantsPerRun;
    const tenants = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.gt("tenantId", after))
      .take(most);
    const due: string[] = [];
    for (const { tenantId } of tenants) if (await isDue(ctx, tenantId, now)) due.push(tenantId);
    const last = tenants.length < most ? null : (tenants.at(-1)?.tenantId ?? null);
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
    Object.keys(ctx.app.cubes).map((cube) => sourceSpan(ctx, mustCube(ctx, cube), tenantId)),
  );
  return [commitTs, ...spans.map(({ lastCreatedAt }) => lastCreatedAt)].join(" ");
}

/** What a turn has to know before its first step. */
export const look = upkeepQuery({
  args: {},
  returns: v.object({
    activity: v.string(),
    /** Where the newest buckets of the cubes begin. */
    newest: v.array(v.object({ cube: v.string(), from: v.number() })),
  }),
  handler: async (ctx, { tenantId }) => {
    const states = (await readStates(ctx, tenantId)).filter(({ status }) => status === "ready");
    const newest: { cube: string; from: number }[] = [];
    for (const cube of Object.keys(ctx.app.cubes)) {
      const definition = narrowest(judgedByDays(states, cube))?.definition;
      const granularity = definition?.levels[0]?.granularity;
      if (definition === undefined || granularity === undefined) continue;
      // What is dated later is no sign of where people write.
      const t = await newestTime(ctx, mustCube(ctx, cube), tenantId, ctx.now + DAY_MS);
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
export const turn = upkeepMutation({
  args: {
    /** Bytes left for the round and for the pass; absent at the beginning. */
    left: v.optional(v.object({ round: v.number(), pass: v.number() })),
  },
  returns: v.null(),
  handler: async (ctx, { tenantId, left: given }) => {
    const { roundBytes: round, passBytes: pass, linkPauseMs } = ctx.app.limits.verification;
    const left = given === undefined ? { round, pass } : { ...given };
    if (given === undefined) left.round -= await begin(ctx, tenantId);
    else if (left.round > 0) left.round -= await roundStep(ctx, tenantId);
    else left.pass -= (await passStep(ctx, tenantId)) ?? Infinity;
    const isOver = left.round <= 0 && left.pass <= 0;
    await setBusy(ctx, tenantId, isOver ? 0 : ctx.now + BUSY_MS);
    if (!isOver) {
      await ctx.scheduler.runAfter(linkPauseMs, internal.verification.watch.turn, {
        tenantId,
        left: { round: Math.max(0, left.round), pass: Math.max(0, left.pass) },
      });
    }
    return null;
  },
});

/** A chain that died is not waited for any longer. */
const BUSY_MS = 60_000;

/** Looks at what was written last, if something was; returns the bytes that it read. */
async function begin(ctx: MutationCtx, tenantId: string): Promise<number> {
  const now = ctx.now;
  const seen: { activity: string; newest: { cube: string; from: number }[] } = await ctx.runQuery(
    internal.verification.watch.look,
    { tenantId },
    { useStaleSnapshot: true },
  );
  const row = await mustVerification(ctx, tenantId, now);
  const known = row.watch ?? newRound(ctx, now, "");
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
  const now = ctx.now;
  const row = await mustVerification(ctx, tenantId, now);
  const watch = row.watch ?? newRound(ctx, now, "");
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
  const rest =
    calm > 1 && isSound
      ? Math.min(
          ctx.app.limits.verification.restMsMax,
          ctx.app.limits.verification.restMs * 2 ** (calm - 2),
        )
      : 0;
  const restUntil = isFound || watch.isPartial ? 0 : now + ctx.app.limits.verification.restMs;
  await ctx.db.patch("verifications", row._id, {
    watch: { ...newRound(ctx, now, watch.activity), calm, differed, restUntil },
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

function newRound(ctx: Pick<QueryCtx, "app">, now: number, activity: string): Round {
  return {
    ...{ cursor: roundStart(ctx), startedAt: now, isPartial: false },
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
  const id = await ctx.db.insert("verifications", newVerification(ctx, tenantId, now));
  return (await ctx.db.get("verifications", id)) as Verification;
}

async function setBusy(ctx: MutationCtx, tenantId: string, busyUntil: number): Promise<void> {
  const row = await mustVerification(ctx, tenantId, ctx.now);
  if (row.busyUntil !== busyUntil) await ctx.db.patch("verifications", row._id, { busyUntil });
}
