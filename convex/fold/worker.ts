/**
 * The one writer of a tenant's tiles, rollup states, backfills and position. A batch-worker loop asks
 * `nextWork` what there is to do, in a stale snapshot that adds no read dependency, and hands the
 * answer to `work`, which checks that the basis still holds and does it, in one transaction.
 */
import { defineBatchWorkerValidators } from "@convex-dev/batch-worker";
import { v } from "convex/values";
import { internalMutation, internalQuery } from "../functions";
import {
  vChange,
  vCursor,
  vDefinition,
  vFact,
  vGranularity,
  vPosition,
  vSlot,
} from "../rollups/tables";
import { findWork } from "./plan";
import { doWork } from "./step";

const { vQueryArgs, vQueryReturns, vMutationArgs, vMutationReturns } = defineBatchWorkerValidators({
  batch: {
    tenantId: v.string(),
    /** What the plan was made from; `work` does nothing when it changed meanwhile. */
    basis: v.object({ position: vPosition, states: v.string(), backfill: v.string() }),
    start: v.array(v.object({ definition: vDefinition, fingerprint: v.string() })),
    retire: v.array(v.id("rollupStates")),
    spans: v.record(
      v.string(),
      v.object({
        firstCreatedAt: v.union(v.number(), v.null()),
        lastCreatedAt: v.union(v.number(), v.null()),
      }),
    ),
    rows: v.array(v.object({ commitTs: v.int64(), changes: v.array(vChange) })),
    /** The rows end with the newest commit of the snapshot. */
    complete: v.boolean(),
    page: v.union(
      v.null(),
      v.object({
        backfill: v.id("backfills"),
        from: vCursor,
        asOf: v.int64(),
        facts: v.array(v.object({ id: v.string(), createdAt: v.number(), fact: vFact })),
        last: v.boolean(),
      }),
    ),
    repairs: v.array(
      v.object({
        repair: v.id("repairs"),
        state: v.id("rollupStates"),
        granularity: vGranularity,
        partitionStart: v.number(),
        cells: v.array(
          v.object({
            dimensions: v.array(v.union(v.string(), v.number(), v.null())),
            bucket: v.number(),
            values: v.array(vSlot),
          }),
        ),
      }),
    ),
  },
});

export const nextWork = internalQuery({
  args: vQueryArgs,
  returns: vQueryReturns,
  handler: (ctx, { name }) => findWork(ctx, name),
});

export const work = internalMutation({
  args: vMutationArgs,
  returns: vMutationReturns,
  handler: (ctx, batch) => doWork(ctx, batch),
});
