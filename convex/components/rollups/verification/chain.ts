/**
 * One chain for the whole deployment: link by link it makes the next step of the tenant that is due, as
 * long as the account allows. The cron looks at some tenants, and starts a chain where none runs. A link
 * that is killed takes with it what it wrote, so the link before notes which tenant it is for.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx as RawMutationCtx } from "../_generated/server.js";
import type { MutationCtx } from "../app/ctx.js";
import { storedApp } from "../app/stored.js";
import { internalMutation } from "../functions.js";
import type { Limits } from "../limits/limits.js";
import { CALL_BYTES } from "../../../../lib/cost/upkeep.js";
import { charged, filled, hourlyBytes, newAccount, readChain } from "./account.js";
import { readVerification, setBack } from "./due.js";
import { lookOn } from "./look.js";
import { compare, conclude } from "./pass.js";

/** The interval of the cron. */
const TICK_MS = 300_000;
/** A link that has not run so long after its time is not waited for. */
const ALIVE_MS = 60_000;
/** The chain sleeps until a tenant is due that will be so soon; the cron sees to the others. */
const SOON_MS = 120_000;

type Bounds = Limits["verification"];
type Chain = Omit<Doc<"verificationChains">, "_id" | "_creationTime">;
type Turn = NonNullable<Chain["turn"]>;
type Raw = RawMutationCtx & { now: number };

/** Looks at some tenants, then starts a chain where a tenant is due and no chain runs. */
export const tick = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (raw) => {
    const app = await storedApp(raw, null);
    if (app === null) return null;
    const ctx: MutationCtx = { ...raw, app };
    const { now } = ctx;
    const limits = app.limits.verification;
    const row = await readChain(ctx);
    let chain: Chain = row ?? newChain(limits, now);
    chain = { ...chain, ...filled(chain, limits, now) };
    const aliveUntil = chain.turn?.aliveUntil ?? 0;
    if (chain.turn !== null && aliveUntil > 0 && aliveUntil <= now) {
      await setBack(ctx, limits, chain.turn.tenantId, "StepKilled", now);
      chain.turn = null;
    }
    if (chain.balance > 0) chain = await withLooks(ctx, chain);
    chain.tickedAt = now;
    if (aliveUntil <= now && chain.balance > 0) chain = await withNext(ctx, limits, chain);
    await save(ctx, row, chain);
    return null;
  },
});

/** One step of one tenant, then the next link. */
export const link = internalMutation({
  args: { number: v.number() },
  returns: v.null(),
  handler: async (ctx, { number }) => {
    const row = await readChain(ctx);
    if (row === null || row.turn === null || row.number !== number) return null;
    const { turn } = row;
    const app = await storedApp(ctx, turn.tenantId);
    const limits = (app ?? (await storedApp(ctx, null)))?.limits.verification;
    if (limits === undefined) {
      await save(ctx, row, { ...row, turn: null });
      return null;
    }
    let bytes = CALL_BYTES;
    if (app === null) {
      await setBack(ctx, limits, turn.tenantId, "SourceUnreachable", ctx.now);
    } else bytes += await step({ ...ctx, app }, turn.tenantId);
    bytes += await usedBytes(ctx);
    const done = { ...turn, bytes: turn.bytes + bytes, aliveUntil: 0 };
    const chain = { ...row, ...charged(filled(row, limits, ctx.now), bytes), turn: done };
    await save(ctx, row, chain.balance > 0 ? await withNext(ctx, limits, chain) : chain);
    return null;
  },
});

/** Makes a step, or notes why it cannot be made. Returns the bytes that it read in its snapshot. */
async function step(ctx: MutationCtx, tenantId: string): Promise<number> {
  let compared;
  try {
    compared = await compare(ctx, tenantId);
  } catch (error) {
    console.warn(`A step of verification failed for ${tenantId}: ${String(error)}`);
    compared = "StepFailed" as const;
  }
  if (typeof compared === "string") {
    await setBack(ctx, ctx.app.limits.verification, tenantId, compared, ctx.now);
    return 0;
  }
  await conclude(ctx, compared);
  return compared.result.bytes;
}

function newChain(limits: Bounds, now: number): Chain {
  return { ...newAccount(limits, now), number: 0, turn: null, lookedTo: "", tickedAt: now };
}

/**
 * The chain with looks made. Of a tick that was killed nothing is left but its time: after each, half as
 * many tenants are looked at, and at zero the next tenant is passed over.
 */
async function withLooks(ctx: MutationCtx, chain: Chain): Promise<Chain> {
  const missed = Math.max(0, Math.round((ctx.now - chain.tickedAt) / TICK_MS) - 1);
  const cubes = Math.max(1, Object.keys(ctx.app.cubes).length);
  const most = Math.max(1, Math.floor(ctx.app.limits.verification.looks / cubes));
  const size = Math.floor(most / 2 ** missed);
  const { last, bytes } =
    size > 0
      ? await lookOn(ctx, chain.lookedTo, size)
      : { last: await tenantAfter(ctx, chain.lookedTo), bytes: 0 };
  const used = bytes + (await usedBytes(ctx));
  return { ...chain, ...charged(chain, used), lookedTo: last ?? "" };
}

async function tenantAfter(ctx: Raw, tenantId: string): Promise<string | null> {
  const next = await ctx.db
    .query("tenants")
    .withIndex("by_tenant", (q) => q.gt("tenantId", tenantId))
    .first();
  return next?.tenantId ?? null;
}

/**
 * The chain with its next link scheduled, if a tenant is due, or soon will be. The tenant of the last
 * turn goes on until its pass ends, or has had an hour's share: then the others that are due come first.
 */
async function withNext(ctx: Raw, limits: Bounds, chain: Chain): Promise<Chain> {
  const { now } = ctx;
  const { turn: last } = chain;
  const under = last && (await readVerification(ctx, last.tenantId));
  let turn: Pick<Turn, "tenantId" | "bytes"> | null = null;
  let at = now + limits.linkPauseMs;
  if (last !== null && under?.startedAt !== undefined && under.dueAt <= now) {
    if (last.bytes < hourlyBytes(limits)) turn = last;
    else await ctx.db.patch("verifications", under._id, { dueAt: now });
  }
  if (turn === null) {
    const next = await ctx.db
      .query("verifications")
      .withIndex("by_dueAt", (q) => q.lte("dueAt", now + SOON_MS))
      .first();
    if (next === null) return { ...chain, turn };
    at = Math.max(at, next.dueAt);
    turn = { tenantId: next.tenantId, bytes: 0 };
  }
  const number = chain.number + 1;
  await ctx.scheduler.runAfter(at - now, internal.verification.chain.link, { number });
  return { ...chain, number, turn: { ...turn, aliveUntil: at + ALIVE_MS } };
}

async function save(
  ctx: Raw,
  row: Doc<"verificationChains"> | null,
  { balance, at, used, since, number, turn, lookedTo, tickedAt }: Chain,
): Promise<void> {
  const chain = { balance, at, used, since, number, turn, lookedTo, tickedAt };
  if (row === null) await ctx.db.insert("verificationChains", chain);
  else await ctx.db.replace("verificationChains", row._id, chain);
}

/** What the transaction itself has read and written; what it looked up in snapshots is not in it. */
async function usedBytes(ctx: Pick<RawMutationCtx, "meta">): Promise<number> {
  const { bytesRead, bytesWritten } = await ctx.meta.getTransactionMetrics();
  return bytesRead.used + bytesWritten.used;
}
