/**
 * CPU time of this thread alone. The process's would count the threads beside it, which collect garbage
 * and compile: work that takes nobody's time on a machine with room for it.
 */
import { openSync, readSync } from "node:fs";

/** Its first number is the nanoseconds that the thread was on a processor. */
const LINUX_FILE = "/proc/thread-self/schedstat";

function clockOfLinux(): () => number {
  const file = openSync(LINUX_FILE, "r");
  const text = Buffer.alloc(64);
  return () => {
    readSync(file, text, 0, text.length, 0);
    return parseInt(text.toString("latin1", 0, text.indexOf(" ")), 10) / 1e6;
  };
}

function clockOf(usage: () => NodeJS.CpuUsage): () => number {
  return () => {
    const { user, system } = usage();
    return (user + system) / 1000;
  };
}

function clock(): () => number {
  // From Node 23.9 on.
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (threadCpuUsage !== undefined) return clockOf(() => threadCpuUsage.call(process));
  try {
    return clockOfLinux();
  } catch {
    return clockOf(() => process.cpuUsage());
  }
}

/** Milliseconds of CPU time since some moment. */
export const threadTimeMs: () => number = clock();
