/**
 * Why records of a cube must not expire now. What expires is gone for good, so every rollup that is to
 * outlive it has to be there, right, and in no need of the source; each reason has a name.
 */
import { v, type Infer } from "convex/values";
import { isReadLike } from "../app/readings.js";
import { coveredFrom, finerLevel } from "../../../../lib/tiles/coverage.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { coverageOf } from "../generations/coverage.js";
import { declaredRollups, isRefused } from "../generations/declared.js";
import { readStates } from "../generations/states.js";
import { rollupKey } from "../generations/generation.js";

export const vObstacle = v.union(
  /** No rollup of the cube serves: its history would be nowhere. */
  v.literal("NoRollup"),
  /** A generation is being built from the source, or a declared one is about to be. */
  v.literal("Building"),
  /** A rollup has failed; to mend it takes the source. */
  v.literal("Failed"),
  /** A change waits among the dead letters for its buckets to be restored. */
  v.literal("Degraded"),
  /** The running code reads the records in another way than the tiles are of. */
  v.literal("DefinitionChanged"),
  /** A bucket of the time that would expire, or a whole rollup, waits to be restored. */
  v.literal("Repairing"),
  /** No verification pass was ever complete, so nobody has compared the rollups with the source. */
  v.literal("Unverified"),
);

export type Obstacle = Infer<typeof vObstacle>;

/** The first reason not to let records before `to` expire, or null. Some index ranges per rollup. */
export async function obstacleTo(
  ctx: Pick<QueryCtx, "db" | "app">,
  tenantId: string,
  cube: string,
  to: number,
): Promise<Obstacle | null> {
  const states = (await readStates(ctx, tenantId)).filter((state) => state.cube === cube);
  const backfills = await ctx.db
    .query("backfills")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .collect();
  const isKnown = (rollup: string, fingerprint: string) =>
    states.some(
      (state) =>
        state.status !== "retiring" && state.rollup === rollup && state.fingerprint === fingerprint,
    );
  const isMissing = declaredRollups(ctx.app).some(
    ({ definition, fingerprint }) =>
      definition.cube === cube && !isKnown(definition.name, fingerprint),
  );
  if (
    isMissing ||
    backfills.some((backfill) => backfill.cube === cube) ||
    states.some(({ status }) => status === "building")
  ) {
    return "Building";
  }
  if (states.some((state) => state.status === "failed" && !isRefused(state))) return "Failed";
  const ready = states.filter(({ status }) => status === "ready");
  if (ready.length === 0) return "NoRollup";
  if (ready.some(({ degraded }) => degraded)) return "Degraded";
  if (ready.some(({ definition }) => !isReadLike(definition, ctx.app.readings))) {
    return "DefinitionChanged";
  }
  for (const state of ready) if (await needsSource(ctx, state, to)) return "Repairing";
  const verification = await ctx.db
    .query("verifications")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
  return verification?.last == null ? "Unverified" : null;
}

/** Whether something is queued that is restored from records before `to`. */
async function needsSource(
  ctx: Pick<QueryCtx, "db">,
  state: Doc<"rollupStates">,
  to: number,
): Promise<boolean> {
  const { tenantId, generation, definition } = state;
  for (const level of definition.levels) {
    const covered = coveredFrom(
      definition,
      coverageOf(state),
      level,
      finerLevel(definition, level),
    );
    for (const kind of ["drift", "extreme", "rebuild"] as const) {
      const queued = await ctx.db
        .query("repairs")
        .withIndex("by_place", (q) =>
          q
            .eq("tenantId", tenantId)
            .eq("kind", kind)
            .eq("rollup", rollupKey(definition))
            .eq("generation", generation)
            .eq("granularity", level.granularity)
            .lt("partitionStart", Math.min(to, covered)),
        )
        .first();
      if (queued !== null) return true;
    }
  }
  return false;
}
