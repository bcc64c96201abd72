/** Starts the local backend in a process of its own, so that it has a core of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { readConnection } from "../../local/connection.js";
import type { PartialLimits, Profile } from "../../local/database/limits.js";
import { Failure } from "../failure.js";

export const projectRoot = join(import.meta.dirname, "../..");

export type BackendProcess = {
  url: string;
  siteUrl: string;
  adminKey: string;
  pid: number;
  /** Resolves when the process is gone; rejects with `BackendStopped` when nobody asked it to go. */
  ended: Promise<void>;
  stop(): Promise<void>;
};

export type BackendProcessOptions = {
  port: number;
  sitePort: number;
  dataDir?: string | undefined;
  /** How strict the backend is, and what is different. */
  profile?: Profile | undefined;
  limits?: PartialLimits | undefined;
};

const startMs = 60_000;
/** After this long without going, it is killed. */
const stopMs = 10_000;

export async function startBackendProcess(options: BackendProcessOptions): Promise<BackendProcess> {
  const { port, sitePort, dataDir, profile, limits } = options;
  const child = spawn(
    process.execPath,
    [
      // Room for young objects: halves the time that imports spend collecting garbage.
      "--max-semi-space-size=64",
      ...["--import", "tsx", join(import.meta.dirname, "backendChild.ts")],
      ...["--port", String(port), "--site-port", String(sitePort)],
      ...(dataDir === undefined ? [] : ["--data", dataDir]),
      ...(profile === undefined ? [] : ["--profile", profile]),
      ...(limits === undefined ? [] : ["--limits", JSON.stringify(limits)]),
    ],
    { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe", "ipc"] },
  );
  let stopping = false;
  let errors = "";
  child.stderr!.on("data", (data: Buffer) => {
    errors = (errors + data.toString()).slice(-4000);
    if (!stopping) process.stderr.write(data);
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once("exit", (code, signal) => {
      const why = signal ?? `status ${code}`;
      if (stopping) resolve();
      else
        reject(
          new Failure(
            "BackendStopped",
            `The backend ended by itself (${why}).`,
            errors || undefined,
          ),
        );
    });
    child.once("error", reject);
  });
  // Whoever waits for it sees the failure; nobody waiting is no reason to crash.
  ended.catch(() => undefined);

  async function stop(): Promise<void> {
    stopping = true;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
    await ended.catch(() => undefined);
    clearTimeout(timer);
  }

  try {
    await Promise.race([readyLine(child), ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  const connection = readConnection(`http://127.0.0.1:${port}`, projectRoot);
  if (connection === null) {
    await stop();
    throw new Failure("NoBackend", "The backend left no connection file.");
  }
  return { ...connection, pid: child.pid!, ended, stop };
}

function readyLine(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Failure("BackendSilent", `No backend within ${startMs / 1000} s.`)),
      startMs,
    );
    let output = "";
    child.stdout!.on("data", (data: Buffer) => {
      output = (output + data.toString()).slice(-4000);
      if (!/^ready /m.test(output)) return;
      clearTimeout(timer);
      resolve();
    });
    child.once("exit", () => clearTimeout(timer));
  });
}
