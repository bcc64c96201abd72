/**
 * Notices when npm is gone. A signal to `npm run demo` ends npm and its shell, but the shell does not
 * pass it on; without this the demo would live on and keep its ports.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const everyMs = 1_000;

/** Calls `onGone` once when the shell that npm started this command in has ended. Nothing without npm. */
export function watchParents(onGone: () => void, env: NodeJS.ProcessEnv = process.env): void {
  if (env["npm_lifecycle_event"] === undefined) return;
  // npm → shell → tsx → this process; what is above npm may end as it likes.
  const parent = process.ppid;
  const shell = parentOf(parent);
  const watched = [parent, shell].filter((pid) => pid !== undefined && pid > 1) as number[];
  const timer = setInterval(() => {
    if (watched.every(isAlive)) return;
    clearInterval(timer);
    onGone();
  }, everyMs);
  timer.unref();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not ours to signal, but there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** From /proc where there is one, else from ps; undefined when neither knows. */
function parentOf(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]);
  } catch {
    try {
      return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }));
    } catch {
      return undefined;
    }
  }
}
