/**
 * What a batch-worker loop does next for a tenant. It is asked in a stale snapshot, which adds no read dependency. Apart
 * from `work`, so that neither loads the other's modules: each call of Convex evaluates its own again.
 */
import { appOf } from "../app/app.js";
import { toldApp } from "../app/stored.js";
import { findWork, idle } from "../fold/plan.js";
import { internalQuery } from "../functions.js";
import { vQueryArgs, vQueryReturns } from "../schema/work.js";
import { tenantOf } from "../wake/status.js";
import { isSettled } from "./settled.js";

/** Where the app cannot be asked there is nothing to do: its next captured write says how it is asked. */
export const nextWork = internalQuery({
  args: vQueryArgs,
  returns: vQueryReturns,
  handler: async (ctx, { name }) => {
    const tenantId = tenantOf(name);
    const told = await toldApp(ctx, tenantId);
    if (told === null) return idle();
    const asking = { ...ctx, app: appOf(told) };
    if (await isSettled(asking, tenantId)) return idle();
    const found = await findWork(asking, tenantId);
    return found.kind === "idle" ? found : { ...found, batch: { ...found.batch, app: told } };
  },
});
