/** The fixture app on the local backend: pushed by the stock CLI, called through stock clients. */
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import type { PartialLimits } from "../../local/backend.js";
import { pushApp } from "../../local/push.js";
import { startStage } from "../support/stage.js";
import type { Calls, Platform } from "./platform.js";

const FIXTURE = join(import.meta.dirname, "fixture");

export async function startOnLocalBackend(limits: PartialLimits = {}): Promise<{
  platform: Platform;
  stop(): Promise<void>;
}> {
  const backend = await startStage({
    limits: {
      // The cases tell refusals by their text, …
      redacted: false,
      // … and some fill whole transactions, one after the other.
      userTimeMs: 10_000,
      writtenBytesPerSecond: Infinity,
      ...limits,
    },
  });
  await pushApp(backend, { cwd: FIXTURE });
  const client = () => new ConvexHttpClient(backend.url, { logger: false });
  const user = client();
  user.setAuth(await backend.token({ subject: "ann", name: "Ann" }));
  const admin = client();
  (admin as unknown as { setAdminAuth(key: string): void }).setAdminAuth(backend.adminKey);
  return {
    platform: {
      name: "local backend",
      nobody: callsOf(client()),
      user: callsOf(user),
      admin: callsOf(admin),
      fetch: (path, init) => fetch(`${backend.siteUrl}${path}`, init),
    },
    stop: () => backend.stop(),
  };
}

/** The client's types know public functions only; whether others may be called is the backend's to say. */
function callsOf(client: ConvexHttpClient): Calls {
  return {
    query: (reference, args) => client.query(reference as never, args as never),
    // A queue of mutations would hide what happens when two run at once.
    mutation: (reference, args) =>
      client.mutation(reference as never, args as never, { skipQueue: true } as never),
    action: (reference, args) => client.action(reference as never, args as never),
  } as Calls;
}
