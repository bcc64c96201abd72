/** What `aggregates:health` says about verification. */
import { v, type Infer } from "convex/values";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { readVerification } from "./pass.js";
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
  /** When the look at a cube's source began that last went through all of it. */
  sources: v.array(v.object({ cube: v.string(), checkedAt: v.number() })),
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
  const [row, verified, checked] = await Promise.all([
    readVerification(ctx, tenantId),
    readVerified(ctx, tenantId),
    readCheckedSources(ctx, tenantId),
  ]);
  return {
    verification: row && {
      passes: row.passes,
      checked: row.checked,
      equal: row.equal,
      consistency: row.last && consistencyOf(row.last, row.watch?.differed ?? 0),
      lastPassAt: row.last?.finishedAt ?? null,
      ...uncheckedOf(row.last ?? row),
      sources: checked.map(({ cube, checkedAt }) => ({ cube, checkedAt })),
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
