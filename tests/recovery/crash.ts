/**
 * A backend that may be killed at any moment and comes back on the same port with the same data:
 * what a machine does that loses power, as seen by the clients that go on asking.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConvexHttpClient } from "convex/browser";
import { startBackendProcess, type BackendProcess } from "../../cli/demo/backendProcess.js";
import { comparingLimits, freePort, pushTo, signIn } from "../realData/backend.js";
import { heavyProfile } from "../support/stage.js";

export interface CrashingBackend {
  readonly url: string;
  readonly adminKey: string;
  /** A stock client, signed in as an admin of the tenant. */
  client(): Promise<ConvexHttpClient>;
  /** kill -9, and wait until the process is gone. */
  kill(): Promise<void>;
  /** Starts it again from its journal. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

export async function startCrashing(writeBytesPerSecond?: number): Promise<CrashingBackend> {
  const dataDir = await mkdtemp(join(tmpdir(), "rollups-crash-"));
  const [port, sitePort] = [await freePort(), await freePort()];
  const start = () =>
    startBackendProcess({
      ...{ port, sitePort, dataDir },
      profile: heavyProfile,
      limits: comparingLimits,
    });
  let running: BackendProcess = await start();
  await pushTo(running, writeBytesPerSecond);
  return {
    get url() {
      return running.url;
    },
    get adminKey() {
      return running.adminKey;
    },
    client: async () => (await signIn(running)).client,
    kill: async () => {
      process.kill(running.pid, "SIGKILL");
      await running.ended.catch(() => undefined);
    },
    restart: async () => {
      running = await start();
    },
    remove: async () => {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
