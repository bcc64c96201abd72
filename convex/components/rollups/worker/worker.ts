/**
 * The one writer of a tenant's tiles, rollup states, backfills and position: a batch-worker loop hands it what
 * `nextWork` found. It checks that the basis still holds, and does it in one transaction.
 */
import { appOf } from "../app/app.js";
import { doWork } from "../fold/step.js";
import { internalMutation } from "../functions.js";
import { vMutationArgs, vMutationReturns } from "../schema/work.js";

export const work = internalMutation({
  args: vMutationArgs,
  returns: vMutationReturns,
  handler: (ctx, { app, ...batch }) => doWork({ ...ctx, app: appOf(app) }, batch),
});
