/**
 * The one writer of a tenant's tiles, rollup states, backfills and position. A batch-worker loop asks
 * `nextWork` what there is to do, in a stale snapshot that adds no read dependency, and hands the
 * answer to `work`, which checks that the basis still holds and does it, in one transaction.
 */
import { storedApp } from "../app/stored.js";
import { internalQuery, upkeepMutation } from "../functions.js";
import { findWork, idle } from "../fold/plan.js";
import { doWork } from "../fold/step.js";
import { vMutationArgs, vMutationReturns, vQueryArgs, vQueryReturns } from "../schema/work.js";
import { tenantOf } from "../wake/status.js";
import { isSettled } from "./settled.js";

/** Where the app cannot be asked there is nothing to do: its next captured write says how it is asked. */
export const nextWork = internalQuery({
  args: vQueryArgs,
  returns: vQueryReturns,
  handler: async (ctx, { name }) => {
    const tenantId = tenantOf(name);
    const app = await storedApp(ctx, tenantId);
    if (app === null) return idle();
    const told = { ...ctx, app };
    return (await isSettled(told, tenantId)) ? idle() : await findWork(told, tenantId);
  },
});

export const work = upkeepMutation({
  args: vMutationArgs,
  returns: vMutationReturns,
  handler: (ctx, batch) => doWork(ctx, batch),
});
