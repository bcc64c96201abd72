/** Starting, asking and stopping a local backend that runs in its own process. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BackendOptions, BackendStats } from "../../local/backend.js";
import type { Usage } from "../../local/execution/usageMeter.js";
import { pushApp } from "../../local/push.js";
import type { Compared, Kept, Memory, Message, Ready } from "./serve.js";

export interface BackendProcess {
  url: string;
  adminKey: string;
  /** From spawning the process until it accepted connections. */
  startMs: number;
  /** From then until the functions could be called. */
  pushMs: number;
  memory(): Promise<Memory>;
  /** Tiles and bytes of each rollup. */
  kept(): Promise<Kept["rollups"]>;
  /** Every cell of a tenant's tiles against its source; nothing else runs meanwhile. */
  compared(tenantId: string): Promise<Compared>;
  stats(): Promise<BackendStats>;
  resetStats(): Promise<void>;
  usage(): Promise<Usage>;
  resetUsage(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProcessOptions extends Pick<BackendOptions, "limits" | "env" | "profile"> {
  /** The project to push. Default: this repository. */
  app?: string;
  /** Write a CPU profile into this directory when the backend stops. */
  cpuProfileDir?: string | undefined;
}

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const SERVE = fileURLToPath(new URL("serve.ts", import.meta.url));

/** Starts a backend and pushes an app to it. */
export async function startBackendProcess(options: ProcessOptions = {}): Promise<BackendProcess> {
  const { app = REPOSITORY, cpuProfileDir, ...backendOptions } = options;
  const startedAt = performance.now();
  const child = fork(SERVE, [JSON.stringify(backendOptions)], {
    cwd: REPOSITORY,
    execArgv: [
      ...["--import", "tsx", "--expose-gc", "--max-old-space-size=8192"],
      // As the demo starts it.
      "--max-semi-space-size=64",
      ...(cpuProfileDir === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${cpuProfileDir}`]),
    ],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const answer = <Wanted extends Message>(kind: Wanted["kind"]) =>
    new Promise<Wanted>((resolve, reject) => {
      const onMessage = (message: unknown) => {
        if ((message as Message).kind !== kind) return;
        child.off("message", onMessage);
        resolve(message as Wanted);
      };
      child.on("message", onMessage);
      child.once("exit", (code) => reject(new Error(`The backend exited with code ${code}.`)));
    });
  const { url, adminKey } = await answer<Ready>("ready");
  const startMs = performance.now() - startedAt;

  const stop = async () => {
    if (child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.send("stop");
    await exited;
  };
  const pushedFrom = performance.now();
  try {
    await pushApp({ url, adminKey }, { cwd: app });
  } catch (error) {
    await stop();
    throw error;
  }
  const asAdmin = async (path: string, method = "GET"): Promise<unknown> => {
    const headers = { Authorization: `Convex ${adminKey}` };
    const response = await fetch(`${url}${path}`, { method, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return await response.json();
  };
  return {
    url,
    adminKey,
    startMs,
    pushMs: performance.now() - pushedFrom,
    memory: () => {
      const memory = answer<Memory>("memory");
      child.send("memory");
      return memory;
    },
    kept: async () => {
      const kept = answer<Kept>("kept");
      child.send("kept");
      return (await kept).rollups;
    },
    compared: (tenantId) => {
      const compared = answer<Compared>("compared");
      child.send({ compare: tenantId });
      return compared;
    },
    usage: async () => (await asAdmin("/local/usage")) as Usage,
    resetUsage: async () => void (await asAdmin("/local/usage/reset", "POST")),
    stats: async () => (await asAdmin("/local/stats")) as BackendStats,
    resetStats: async () => void (await asAdmin("/local/stats/reset", "POST")),
    stop,
  };
}
