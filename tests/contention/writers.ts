/** Many writers at once, each with a connection of its own, and what came of them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConvexHttpClient } from "convex/browser";
import { percentile } from "../../bench/support/statistics.js";

export const WRITERS = 64;
/** The load lasts at least this long … */
export const LOAD_MS = 6000;
/** … and longer, up to this, where what it waits for has not happened yet. */
const LOAD_MS_MAX = 180_000;
const CHECK_MS = 250;

export interface Load {
  /** Numbers of the writes that succeeded. */
  written: number[];
  /** Refused after the last retry. */
  failed: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
}

/**
 * Every writer sends one write after the other, all writers at the same time, for LOAD_MS and until
 * `enough` says so.
 */
export async function runWriters(
  connect: () => ConvexHttpClient,
  write: (client: ConvexHttpClient, index: number) => Promise<unknown>,
  enough: () => Promise<boolean> = async () => true,
): Promise<Load> {
  const latencies: number[] = [];
  const written: number[] = [];
  let next = 0;
  let failed = 0;
  let running = true;
  const startedAt = performance.now();
  const writer = async () => {
    const client = connect();
    while (running) {
      const index = next++;
      const sentAt = performance.now();
      try {
        await write(client, index);
        written.push(index);
        latencies.push(performance.now() - sentAt);
      } catch {
        failed++;
      }
    }
  };
  const writers = Promise.all(Array.from({ length: WRITERS }, writer));
  await sleep(LOAD_MS);
  while (!(await enough()) && performance.now() - startedAt < LOAD_MS_MAX) await sleep(CHECK_MS);
  running = false;
  await writers;
  return {
    written,
    failed,
    seconds: (performance.now() - startedAt) / 1000,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
  };
}
