/** The first kind of job: generations begin and end. It is done alone, as all that follows depends on which there are. */
import { v } from "convex/values";
import { vDefinition, vDerivation } from "./validators.js";

export const vDefineJob = v.object({
  kind: v.literal("define"),
  start: v.array(
    v.object({
      definition: vDefinition,
      fingerprint: v.string(),
      derive: v.optional(vDerivation),
    }),
  ),
  retire: v.array(v.id("rollupStates")),
  /** Would be started, but records that they ask for have expired. */
  refuse: v.array(v.object({ definition: vDefinition, fingerprint: v.string() })),
  /** Cannot go on, and cannot be built again from what is left of the source. */
  overtaken: v.array(v.id("rollupStates")),
  /** Requests to rebuild that `start` fulfils. */
  rebuilt: v.array(v.id("repairs")),
  spans: v.record(
    v.string(),
    v.object({
      firstCreatedAt: v.union(v.number(), v.null()),
      lastCreatedAt: v.union(v.number(), v.null()),
    }),
  ),
  /** Turns to build that are over, for `start` to take one; null where it must not wait for one. */
  turns: v.union(v.null(), v.array(v.id("turns"))),
});
