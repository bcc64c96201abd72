/**
 * A local backend in a process of its own, as people use it: the app comes in by the stock CLI's
 * push, data by the import command, questions by stock clients. Here too is what an operator does:
 * stop and start a tenant's fold worker, or kill the whole process.
 */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReturnType } from "convex/server";
import type { api } from "../../convex/_generated/api.js";
import {
  projectRoot,
  startBackendProcess,
  type BackendProcess,
} from "../../cli/demo/backendProcess.js";
import type { Profile } from "../../local/database/limits.js";
import { pushApp, runCli, setEnvironment } from "../../local/push.js";
import { stageLimits } from "../support/stage.js";

export const TENANT = "acme";

/** Comparisons of all cells ask more at once than people may: longer answers, and time for them. */
const ANSWER_MS_MAX = 10_000;
export const comparingLimits = { ...stageLimits, userTimeMs: ANSWER_MS_MAX } as const;

export interface Started {
  process: BackendProcess;
  /** A stock client, signed in as an admin of the tenant. */
  client: ConvexHttpClient;
  token: string;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address!.port : 0));
    });
  });
}

export interface StartOptions {
  /** What one fold worker may write (default: all it can; most suites care for answers only). */
  writeBytesPerSecond?: number;
  dataDir?: string;
  /** The tenant's zone (default UTC). */
  timezone?: string;
  /** `heavyProfile` for suites with many records. */
  profile?: Profile;
}

/** A fresh backend with the app pushed, the tenant made and its first generations serving. */
export async function startWithApp(options: StartOptions = {}): Promise<Started> {
  const { writeBytesPerSecond, dataDir, timezone, profile } = options;
  const [port, sitePort] = [await freePort(), await freePort()];
  const process = await startBackendProcess({
    ...{ port, sitePort, dataDir, profile },
    limits: comparingLimits,
  });
  await pushTo(process, writeBytesPerSecond);
  if (timezone !== undefined) {
    const tenant = JSON.stringify({ tenantId: TENANT, timezone });
    await runCli(process, ["run", "tenants:ensure", tenant], { cwd: projectRoot });
  }
  const { client, token } = await signIn(process);
  return { process, client, token };
}

/** The app, by the stock CLI, with what its fold workers may write. */
export async function pushTo(
  backend: { url: string; adminKey: string },
  writeBytesPerSecond = 2 ** 30,
): Promise<void> {
  const cwd = projectRoot;
  await pushApp(backend, { cwd });
  await setEnvironment(backend, {
    ROLLUPS_WRITE_BYTES_PER_SECOND: String(writeBytesPerSecond),
    ROLLUPS_ANSWER_MS_MAX: String(ANSWER_MS_MAX),
  });
}

export async function signIn(
  { url }: { url: string },
  tenantId = TENANT,
): Promise<{ client: ConvexHttpClient; token: string }> {
  const words = ["--user", "ann", "--tenant", tenantId, "--role", "admin", "--url", url];
  const { stdout } = await runNpm("token", words);
  const client = new ConvexHttpClient(url, { logger: false });
  client.setAuth(stdout.trim());
  return { client, token: stdout.trim() };
}

export interface Finished {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** `npm run --silent SCRIPT -- WORDS…`; rejects when it fails. */
export async function runNpm(script: string, words: readonly string[]): Promise<Finished> {
  const finished = await startNpm(script, words).finished;
  if (finished.status === 0) return finished;
  throw new Error(`npm run ${script} failed: ${finished.stderr}${finished.stdout}`);
}

/** The same, to be waited for or killed, with all that it started. */
export function startNpm(
  script: string,
  words: readonly string[],
): { finished: Promise<Finished>; kill(): void } {
  const child = spawn("npm", ["run", "--silent", script, "--", ...words], {
    cwd: projectRoot,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: npm starts a shell, and that starts the command.
    detached: true,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
  return { finished, kill: () => void process.kill(-child.pid!, "SIGKILL") };
}

export type Health = FunctionReturnType<typeof api.aggregates.health>;

const health = makeFunctionReference<"query", { tenantId: string }, Health>("aggregates:health");

export async function readHealth(client: ConvexHttpClient, tenantId = TENANT): Promise<Health> {
  return await client.query(health, { tenantId });
}

export function isFolded({ backlog, backfills, repairs, rollups }: Health): boolean {
  return (
    backlog === 0 &&
    backfills.length === 0 &&
    repairs === 0 &&
    rollups.length > 0 &&
    rollups.every(({ status }) => status === "ready")
  );
}

/** Waits until every change is folded, every generation built and every lost extreme found again. */
export async function untilFolded(
  client: ConvexHttpClient,
  { tenantId = TENANT, withinMs = 600_000, everyMs = 200 } = {},
): Promise<Health> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const now = await readHealth(client, tenantId);
    if (isFolded(now)) return now;
    if (Date.now() > deadline) throw new Error(`Not folded: ${JSON.stringify(now)}`);
    await pause(everyMs);
  }
}

/** Stops the tenant's fold worker, as an operator would, or starts it again. */
export async function setWorker(
  backend: { url: string; adminKey: string },
  what: "stop" | "start",
  tenantId = TENANT,
): Promise<void> {
  const args = JSON.stringify({ name: `fold:${tenantId}` });
  await runCli(backend, ["run", "--component", "rollups/batchWorker", `lib:${what}`, args], {
    cwd: projectRoot,
  });
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
