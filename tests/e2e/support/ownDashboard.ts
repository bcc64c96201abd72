/**
 * A dashboard with a backend of its own, which a test may fill as it likes, kill and start again. Serves
 * the build that the demo of `globalSetup` has made.
 */
import { ensureMember, ensureTenant, mintToken } from "../../../cli/connection.js";
import { serveDashboard } from "../../../cli/demo/dashboardServer.js";
import { freePort } from "../../realData/backend.js";
import { startCrashing, type CrashingBackend } from "../../recovery/crash.js";

const subject = "demo";

export interface OwnDashboard {
  url: string;
  backend: CrashingBackend;
  /** A tenant that the page's user administers; the page shows the first one by name. */
  addTenant(tenantId: string, timezone: string): Promise<void>;
  remove(): Promise<void>;
}

export async function startOwnDashboard(): Promise<OwnDashboard> {
  const backend = await startCrashing();
  const grant = async () => ({ url: backend.url, token: await mintToken(backend, { subject }) });
  const server = await serveDashboard(await freePort(), grant);
  return {
    url: server.url,
    backend,
    addTenant: async (tenantId, timezone) => {
      await ensureTenant(backend, { tenantId, name: tenantId, timezone });
      await ensureMember(backend, { tenantId, subject, role: "admin" });
    },
    remove: async () => {
      await server.stop();
      await backend.remove();
    },
  };
}
