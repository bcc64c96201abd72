/** When a tenant's next step of verification may be made. */
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import type { Limits } from "../limits/limits.js";
import { builtAtOf, foldState } from "../log/reader.js";
import { passStart } from "./cursor.js";

export type Verification = Doc<"verifications">;
export type NewVerification = Omit<Verification, "_id" | "_creationTime">;

export async function readVerification(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Verification | null> {
  return await ctx.db
    .query("verifications")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}

/** The row of a tenant that nothing was compared of yet. */
export function newVerification(
  { app, now }: Pick<QueryCtx, "app" | "now">,
  tenantId: string,
): NewVerification {
  const counts = { passes: 0, checked: 0, equal: 0, unchecked: 0, unreadable: 0 };
  const times = { dueAt: now, updatedAt: now };
  return { tenantId, cursor: passStart({ app }), ...counts, builtAt: -1n, last: null, ...times };
}

/**
 * The tenant's tiles have changed: its next pass is due an hour after its last one, and at once where it
 * has generations that no pass has seen. To be called before the commit that builds generations is
 * marked. Two small documents read; writes only where the pass becomes due sooner.
 */
export async function setChanged(ctx: MutationCtx, tenantId: string): Promise<void> {
  const row = await readVerification(ctx, tenantId);
  if (row === null) {
    await ctx.db.insert("verifications", newVerification(ctx, tenantId));
    return;
  }
  const isBuilt = builtAtOf(await foldState(ctx, tenantId)) > row.builtAt;
  const { changedMs } = ctx.app.limits.verification;
  const after = isBuilt || row.last === null ? 0 : row.last.finishedAt + changedMs;
  await setDue(ctx, row, Math.max(ctx.now, after));
}

/**
 * Makes a pass due at a time, if none is sooner. The one under way may have passed what there is to see:
 * another one follows it. A tenant with a setback keeps its time.
 */
export async function setDue(
  ctx: Pick<MutationCtx, "db">,
  { _id, startedAt, isChanged, dueAt, setback }: Verification,
  at: number,
): Promise<void> {
  if (startedAt !== undefined) {
    if (isChanged !== true) await ctx.db.patch("verifications", _id, { isChanged: true });
  } else if (setback === undefined && dueAt > at) {
    await ctx.db.patch("verifications", _id, { dueAt: at });
  }
}

/** When the pass after one is due: its generations were all seen; or it found, or saw, changes. */
export function dueAfter(
  { app, now }: Pick<QueryCtx, "app" | "now">,
  isWhole: boolean,
  isChanged: boolean,
): number {
  const { changedMs, roundMs } = app.limits.verification;
  if (!isWhole) return now;
  return now + (isChanged ? changedMs : roundMs);
}

/** A step could not be made, and a code says why. The tenant is left alone, each time twice as long. */
export async function setBack(
  ctx: Pick<MutationCtx, "db">,
  { retryMs, retryMsMax }: Limits["verification"],
  tenantId: string,
  code: string,
  now: number,
): Promise<void> {
  const row = await readVerification(ctx, tenantId);
  if (row === null) return;
  const times = (row.setback?.times ?? 0) + 1;
  await ctx.db.patch("verifications", row._id, {
    setback: { code, times, at: now },
    dueAt: now + Math.min(retryMsMax, retryMs * 2 ** (times - 1)),
  });
}

/** A step on demand could not be made. When the chain makes the next one stays as it is. */
export async function noteWait(
  ctx: Pick<MutationCtx, "db" | "now">,
  tenantId: string,
  code: string,
): Promise<void> {
  const row = await readVerification(ctx, tenantId);
  if (row === null) return;
  const setback = { code, times: row.setback?.times ?? 1, at: ctx.now };
  await ctx.db.patch("verifications", row._id, { setback });
}
