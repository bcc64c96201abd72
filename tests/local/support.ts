/** A backend with the fixture app pushed, and stock clients for it. */
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { WebSocket } from "ws";
import type { BackendOptions, LocalBackend } from "../../local/backend.js";
import { pushApp } from "../../local/push.js";
import { startStage } from "../support/stage.js";

const here = dirname(fileURLToPath(import.meta.url));

/** The fixture's project directory. */
export const FIXTURE = join(here, "fixtures", "app");

export interface Fixture {
  backend: LocalBackend;
  http: ConvexHttpClient;
  /** A client over a WebSocket of its own; closed by `stop`. */
  client(): ConvexClient;
  stop(): Promise<void>;
}

/** Errors with their text, where refusals are told by it. */
export const readable = { redacted: false } as const;

/** Starts a backend, pushes the fixture app (or a changed copy of it) and connects. */
export async function startFixture(
  options: BackendOptions = {},
  cwd: string = FIXTURE,
): Promise<Fixture> {
  const backend = await startStage(options);
  await pushApp(backend, { cwd });
  const clients: ConvexClient[] = [];
  return {
    backend,
    http: new ConvexHttpClient(backend.url, { logger: false }),
    client() {
      const client = new ConvexClient(backend.url, {
        webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
        logger: false,
      });
      clients.push(client);
      return client;
    },
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await backend.stop();
    },
  };
}

/** A copy of the fixture project that a test may change, and how to remove it. */
export async function copyFixture(): Promise<{ cwd: string; remove(): Promise<void> }> {
  const cwd = await mkdtemp(join(tmpdir(), "local-fixture-"));
  await cp(FIXTURE, cwd, { recursive: true });
  await symlink(join(here, "..", "..", "node_modules"), join(cwd, "node_modules"));
  return { cwd, remove: () => rm(cwd, { recursive: true, force: true }) };
}

/** Waits until a condition holds; fails with its description when it does not in time. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 5000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The commit timestamp in a mutation's result: outside the transaction it is always resolved. */
export function stampOf({ at }: { at: unknown }): bigint {
  if (typeof at !== "bigint") throw new Error("The commit timestamp is not resolved");
  return at;
}
