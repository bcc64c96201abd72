/** What the fold worker's plan hands to its step: the contract between `plan.ts` and `step.ts`. */
import { defineBatchWorkerValidators } from "@convex-dev/batch-worker";
import { v, type Infer } from "convex/values";
import { vApp } from "./toldApp.js";
import { vDefineJob } from "./defineJob.js";
import { vFoldJob } from "./foldJob.js";
import type { vChange } from "./validators.js";

export const { vQueryArgs, vQueryReturns, vMutationArgs, vMutationReturns } =
  defineBatchWorkerValidators({
    batch: {
      tenantId: v.string(),
      /** What the app said to the plan, in the same transaction. */
      app: vApp,
      /** How often iterations were lost, about: each time halves what is taken on. */
      strikes: v.number(),
      /** Workers that share what the deployment may write. */
      workers: v.number(),
      /** What the app declares; null where something declared waits for its turn. */
      declared: v.union(v.number(), v.null()),
      /** What the plan was made from; `work` does nothing when it changed meanwhile. */
      basis: v.object({ fold: v.string(), states: v.string(), backfill: v.string() }),
      /** What is wrong, where an alert is to be begun or ended by it: `lib/alerts/alert.ts` has the shape. */
      alerts: v.optional(v.any()),
      job: v.union(vDefineJob, vFoldJob),
    },
  });

/** As it travels, … */
export type PlannedWork = Infer<typeof vMutationArgs>;

/** … and without what the app said, which is in the context then. */
export type Work = Omit<PlannedWork, "app">;
export type DefineJob = Infer<typeof vDefineJob>;

/** As it travels from the plan to the step, … */
export type PlannedFold = Infer<typeof vFoldJob>;

/** … which reads the changes out of their columns. */
export interface FoldJob extends Omit<PlannedFold, "rows"> {
  rows: { commitTs: bigint; cube?: string; changes: Infer<typeof vChange>[] }[];
}
export type RepairPlan = FoldJob["repairs"][number];
