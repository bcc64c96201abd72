/** What `aggregates:health` says about verification. */
import { v, type Infer } from "convex/values";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { readChain } from "./account.js";
import { readVerification } from "./due.js";
import { readCheckedSources, readVerified } from "./verified.js";

export const vVerificationHealth = v.object({
  /** Whole passes. */
  passes: v.number(),
  /** Cells of the pass under way, … */
  checked: v.number(),
  /** … and those of buckets that are what they must be. */
  equal: v.number(),
  /**
   * Equal cells by all that were checked, or should have been, in the last whole pass, and by what was
   * found since; null before the first. 1 only where nothing was left unchecked.
   */
  consistency: v.union(v.number(), v.null()),
  lastPassAt: v.union(v.number(), v.null()),
  /** What the last whole pass, or before the first this one, could not check: … */
  unchecked: v.number(),
  /** … buckets, … */
  uncheckedBuckets: v.number(),
  /** … and records that are no facts. */
  unreadableRecords: v.number(),
  /** When the pass began that last went through all of a cube's source. */
  sources: v.array(v.object({ cube: v.string(), checkedAt: v.number() })),
  /** When the next pass begins at the earliest, or the one under way goes on; in the past where it waits its turn. */
  dueAt: v.number(),
  /** Why the last step of the pass could not be made, and how many in a row; null while they are made. */
  setback: v.union(v.null(), v.object({ code: v.string(), times: v.number(), at: v.number() })),
  /** When a difference was last found; it may be restored long since. */
  lastDriftAt: v.union(v.number(), v.null()),
  /** What verification of all tenants may use in 30 days, and has used since then; null before its first minutes. */
  budget: v.union(
    v.null(),
    v.object({ megabytesPerMonth: v.number(), usedMegabytes: v.number(), since: v.number() }),
  ),
});

export const vRollupVerified = {
  /**
   * When the last pass was finished that compared every level of it whole; null before, and where the
   * last pass had to leave some of it out.
   */
  verifiedAt: v.union(v.number(), v.null()),
  /** Buckets that this pass found not to be what they must be; they are restored since, or will be. */
  differed: v.number(),
};

export async function verificationHealth(
  ctx: QueryCtx,
  tenantId: string,
): Promise<{
  verification: Infer<typeof vVerificationHealth> | null;
  verifiedOf(state: Pick<Doc<"rollupStates">, "_id">): {
    verifiedAt: number | null;
    differed: number;
  };
}> {
  const [row, verified, checked, chain, lastDrift] = await Promise.all([
    readVerification(ctx, tenantId),
    readVerified(ctx, tenantId),
    readCheckedSources(ctx, tenantId),
    readChain(ctx),
    ctx.db
      .query("drifts")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .order("desc")
      .first(),
  ]);
  const { megabytesPerMonth } = ctx.app.limits.verification;
  return {
    verification: row && {
      passes: row.passes,
      checked: row.checked,
      equal: row.equal,
      consistency: row.last && consistencyOf(row.last, row.found ?? 0),
      lastPassAt: row.last?.finishedAt ?? null,
      ...uncheckedOf(row.last ?? row),
      sources: checked.map(({ cube, checkedAt }) => ({ cube, checkedAt })),
      dueAt: row.dueAt,
      setback: row.setback ?? null,
      lastDriftAt: lastDrift?.foundAt ?? null,
      budget: chain && {
        megabytesPerMonth,
        usedMegabytes: chain.used / 1e6,
        since: chain.since,
      },
    },
    verifiedOf({ _id }) {
      const mine = verified?.rollups.find(({ state }) => state === _id);
      return { verifiedAt: mine?.verifiedAt ?? null, differed: mine?.differed ?? 0 };
    },
  };
}

/** `found` buckets have been found wrong since the pass. */
function consistencyOf(
  { checked, equal, unchecked }: { checked: number; equal: number; unchecked: number },
  found: number,
): number {
  const all = checked + unchecked + found;
  return all === 0 ? 1 : equal / all;
}

function uncheckedOf({
  unchecked,
  unreadable = 0,
}: {
  unchecked: number;
  unreadable?: number | undefined;
}) {
  return { unchecked, uncheckedBuckets: unchecked - unreadable, unreadableRecords: unreadable };
}
