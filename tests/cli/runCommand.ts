/** Runs a command of cli/ as its own process, as npm would. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../cli/demo/backendProcess.js";

export type Finished = { status: number | null; stdout: string; stderr: string };

export type Running = { pid: number; finished: Promise<Finished>; output(): string };

const loader = import.meta.resolve("tsx");

/** `name` is the file in cli/ without its extension; `cwd` the folder that it is run from. */
export function startCommand(
  name: string,
  args: readonly string[],
  cwd: string = projectRoot,
): Running {
  const child = spawn(
    process.execPath,
    ["--import", loader, join(projectRoot, "cli", `${name}.ts`), ...args],
    { cwd, stdio: ["ignore", "pipe", "pipe"] },
  );
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, stdout, stderr }));
  });
  return { pid: child.pid!, finished, output: () => stdout + stderr };
}

export function runCommand(name: string, args: readonly string[], cwd?: string): Promise<Finished> {
  return startCommand(name, args, cwd).finished;
}
