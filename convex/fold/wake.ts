/** Starting a tenant's fold worker; see `status.ts` for who asks for it. */
import { ping } from "@convex-dev/batch-worker";
import { v } from "convex/values";
import { components, internal } from "../_generated/api";
import { internalMutation } from "../functions";
import { workerName } from "./status";

/** How long the watchdog waits before it restarts a loop that died. */
const MONITOR_LAG_MS = 20_000;

/** Starts the tenant's loop, or leaves it running. */
export const wake = internalMutation({
  args: { tenantId: v.string() },
  returns: v.null(),
  handler: async (ctx, { tenantId }) => {
    await ping(ctx, components.batchWorker, {
      name: workerName(tenantId),
      workQuery: internal.fold.worker.nextWork,
      workerMutation: internal.fold.worker.work,
      config: { debounceMs: 0, monitorLagMs: MONITOR_LAG_MS },
    });
    return null;
  },
});
