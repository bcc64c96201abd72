/**
 * Looks: a few documents per tenant tell whether records came past capture since the last look. What is
 * newer in a table than the newest record of then, and not in the log since, was captured by nobody; its
 * buckets are restored. Edits and deletes leave no such trace: passes find them.
 */
import { v, type Infer } from "convex/values";
import { finestAt } from "../../../../lib/tiles/coverage.js";
import { bucketStart } from "../../../../lib/time/calendar.js";
import type { Fact } from "../../../../lib/model/cube.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { mustCube } from "../app/cubes.js";
import { isReadLike } from "../app/readings.js";
import { storedApp } from "../app/stored.js";
import { internalQuery } from "../functions.js";
import { generationOf } from "../generations/generation.js";
import { readStates } from "../generations/states.js";
import { foldState, readLog } from "../log/reader.js";
import { readPage, sourceSpan } from "../sources/scan.js";
import { expiredSources } from "../sources/sourceFrom.js";
import { hourlyBytes } from "./account.js";
import { readVerification, setChanged, setDue } from "./due.js";
import { vFindings } from "./findings.js";
import { recordFound } from "./record.js";

const vPlace = v.object({
  asOf: v.int64(),
  seen: v.record(v.string(), v.union(v.number(), v.null())),
});

const vLook = v.object({
  tenantId: v.string(),
  /** What the next look begins with; null where that is what this one did. */
  place: v.union(v.null(), vPlace),
  /** Buckets of records that nobody captured. */
  drifts: vFindings.fields.drifts,
  /** More came than are named: the pass is to find them. */
  more: v.boolean(),
});

export const vLooks = v.object({
  looks: v.array(vLook),
  /** Tenants up to this one were looked at; null where the end was reached. */
  last: v.union(v.string(), v.null()),
  bytes: v.number(),
});

type Place = Infer<typeof vPlace>;
type Look = Infer<typeof vLook>;
type Looks = Infer<typeof vLooks>;

/** The least difference of creation times, which are doubles of milliseconds. */
const CREATION_MS = 2 ** -12;

/** Looks at some tenants after one, in a snapshot; at fewer where they have much to read. */
export const look = internalQuery({
  args: { after: v.string(), size: v.number() },
  returns: vLooks,
  handler: async (raw, { after, size }): Promise<Looks> => {
    const app = await storedApp(raw, null);
    if (app === null) return { looks: [], last: after, bytes: 0 };
    const ctx = { ...raw, app };
    const { lookBytes, drifts: driftsMax } = app.limits.verification;
    // Half of what the account is given in the five minutes between two ticks is left to passes.
    const most = Math.min(lookBytes, hourlyBytes(app.limits.verification) / 24);
    const tenants = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.gt("tenantId", after))
      .take(size);
    const looks: Look[] = [];
    let drifts = 0;
    for (const { tenantId } of tenants) {
      const made = await tryLook(ctx, tenantId, driftsMax - drifts);
      looks.push(made);
      drifts += made.drifts.length;
      const { bytesRead } = await ctx.meta.getTransactionMetrics();
      if (bytesRead.used > most || drifts >= driftsMax) break;
    }
    const isEnd = tenants.length < size && looks.length === tenants.length;
    const last = isEnd ? null : (looks.at(-1)?.tenantId ?? null);
    const { bytesRead } = await ctx.meta.getTransactionMetrics();
    return { looks, last, bytes: bytesRead.used };
  },
});

/** A tenant whose records cannot be read is passed over: its pass will say so. */
async function tryLook(ctx: QueryCtx, tenantId: string, room: number): Promise<Look> {
  try {
    return await lookAt(ctx, tenantId, room);
  } catch (error) {
    console.warn(`No look at the records of ${tenantId}: ${String(error)}`);
    return { tenantId, place: null, drifts: [], more: false };
  }
}

async function lookAt(ctx: QueryCtx, tenantId: string, room: number): Promise<Look> {
  const nothing = { tenantId, place: null, drifts: [], more: false };
  const { lookRecords, lookLogBytes } = ctx.app.limits.verification;
  const known = await readLook(ctx, tenantId);
  if (known === null) return { ...nothing, place: await placeNow(ctx, tenantId) };
  const log = await readLog(
    ctx,
    { tenantId },
    { commitTs: known.asOf + 1n, row: 0, change: 0 },
    { changes: Infinity, rows: Infinity, bytes: lookLogBytes },
  );
  if (!log.complete) return { ...nothing, place: await placeNow(ctx, tenantId) };
  const captured = new Set(
    log.rows.flatMap(({ changes }) => changes.map(({ cube, docId }) => `${cube} ${docId}`)),
  );
  const seen: Place["seen"] = {};
  const raw: { cube: string; fact: Fact }[] = [];
  let isRead = true;
  let more = false;
  for (const cube of Object.keys(ctx.app.cubes)) {
    const from = Object.hasOwn(known.seen, cube) ? known.seen[cube] : undefined;
    if (from === undefined) {
      // Declared since: its generations are built from all that is there.
      seen[cube] = (await sourceSpan(ctx, mustCube(ctx, cube), tenantId)).lastCreatedAt;
      continue;
    }
    const cursor = from === null ? null : { createdAt: from + CREATION_MS, id: "" };
    const page = await readPage(ctx, mustCube(ctx, cube), tenantId, cursor, lookRecords);
    const mine = page.facts.filter(({ id }) => !captured.has(`${cube} ${id}`));
    raw.push(...mine.flatMap(({ fact }) => (fact === null ? [] : [{ cube, fact }])));
    seen[cube] = page.facts.at(-1)?.createdAt ?? from;
    if (!page.last && mine.length > 0) more = true;
    if (!page.last) isRead = false;
  }
  if (raw.length > 0) {
    const trimmedTo = (await foldState(ctx, tenantId))?.trimmedTo ?? 0n;
    // Some of the log that would tell is gone.
    if (trimmedTo > known.asOf) return { ...nothing, place: await placeNow(ctx, tenantId) };
  }
  const buckets = raw.length > 0 ? await bucketsOf(ctx, tenantId, raw) : [];
  if (buckets.length > room) more = true;
  const asOf = isRead ? (log.rows.at(-1)?.commitTs ?? known.asOf) : known.asOf;
  const place = more ? await placeNow(ctx, tenantId) : { asOf, seen };
  const isMoved =
    place.asOf !== known.asOf ||
    Object.entries(place.seen).some(([cube, t]) => known.seen[cube] !== t);
  return { tenantId, place: isMoved ? place : null, drifts: buckets.slice(0, room), more };
}

/** Where a look begins that knows of nothing before. */
async function placeNow(ctx: QueryCtx, tenantId: string): Promise<Place> {
  const seen: Place["seen"] = {};
  for (const cube of Object.keys(ctx.app.cubes)) {
    seen[cube] = (await sourceSpan(ctx, mustCube(ctx, cube), tenantId)).lastCreatedAt;
  }
  // The log up to the position is a part of what the records of now were captured by.
  const position = (await foldState(ctx, tenantId))?.position;
  return { asOf: (position?.commitTs ?? 0n) - 1n, seen };
}

/** The finest kept buckets that records lie in, of every rollup that serves, each once. */
async function bucketsOf(
  ctx: QueryCtx,
  tenantId: string,
  raw: readonly { cube: string; fact: Fact }[],
): Promise<Look["drifts"]> {
  const expired = await expiredSources(ctx, tenantId);
  const found = new Map<string, Look["drifts"][number]>();
  for (const state of await readStates(ctx, tenantId)) {
    const { definition, coverage } = generationOf(state);
    if (state.status !== "ready" || !isReadLike(definition, ctx.app.readings)) continue;
    const { timeField, timezone } = definition;
    for (const { fact } of raw.filter(({ cube }) => cube === state.cube)) {
      const t = fact[timeField];
      const finest = typeof t === "number" ? finestAt(definition, coverage, t) : null;
      if (typeof t !== "number" || finest === null) continue;
      const bucket = bucketStart(finest.granularity, timezone, t);
      // Earlier ones nobody can restore, and no answer takes from records.
      if (bucket < (expired.get(state.cube) ?? -Infinity)) continue;
      const drift = { state: state._id, granularity: finest.granularity, bucket };
      found.set([state._id, finest.granularity, bucket].join(" "), drift);
    }
  }
  return [...found.values()];
}

async function readLook(ctx: Pick<QueryCtx, "db">, tenantId: string): Promise<Doc<"looks"> | null> {
  return await ctx.db
    .query("looks")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}

/** Looks at the next tenants, and has what they show restored. Returns behind which one to go on, and the bytes. */
export async function lookOn(
  ctx: MutationCtx,
  after: string,
  size: number,
): Promise<{ last: string | null; bytes: number }> {
  const { looks, last, bytes }: Looks = await ctx.runQuery(
    internal.verification.look.look,
    { after, size },
    { useStaleSnapshot: true },
  );
  for (const { tenantId, place, drifts, more } of looks) {
    if (place !== null) {
      const known = await readLook(ctx, tenantId);
      if (known === null) await ctx.db.insert("looks", { tenantId, ...place });
      else await ctx.db.replace("looks", known._id, { tenantId, ...place });
    }
    if (drifts.length > 0)
      await recordFound(ctx, tenantId, { drifts, broken: [], orders: [] }, true);
    if (drifts.length > 0 || more) await noteFound(ctx, tenantId, drifts.length, more);
  }
  return { last, bytes };
}

/** What wrote past capture once may have edited and deleted too: a pass is due, at once where it is to find more. */
async function noteFound(
  ctx: MutationCtx,
  tenantId: string,
  buckets: number,
  more: boolean,
): Promise<void> {
  await setChanged(ctx, tenantId);
  const row = await readVerification(ctx, tenantId);
  if (row === null) return;
  await ctx.db.patch("verifications", row._id, { found: (row.found ?? 0) + buckets });
  if (more) await setDue(ctx, row, ctx.now);
}
