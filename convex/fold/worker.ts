/**
 * The one writer of a tenant's tiles, rollup states, backfills and position. A batch-worker loop asks
 * `nextWork` what there is to do, in a stale snapshot that adds no read dependency, and hands the
 * answer to `work`, which checks that the basis still holds and does it, in one transaction.
 */
import { internalMutation, internalQuery } from "../functions";
import { findWork } from "./plan";
import { doWork } from "./step";
import { vMutationArgs, vMutationReturns, vQueryArgs, vQueryReturns } from "./work";

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
