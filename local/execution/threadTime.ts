/** CPU time of the calling thread alone: what threads beside it collect or compile is not its work. */
import { openSync, readSync } from "node:fs";

const SCHEDSTAT = "/proc/thread-self/schedstat";

/** Milliseconds since the thread began; of the whole process where the system does not tell threads apart. */
export const threadTimeMs: () => number = ofThread() ?? ofProcess;

function ofProcess(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function ofThread(): (() => number) | null {
  let file: number;
  try {
    file = openSync(SCHEDSTAT, "r");
  } catch {
    return null;
  }
  const text = Buffer.alloc(64);
  return () => {
    const length = readSync(file, text, 0, text.length, 0);
    return parseInt(text.toString("latin1", 0, length), 10) / 1e6;
  };
}
