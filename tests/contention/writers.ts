/** Many writers at once, each with a connection of its own, and what came of them. */
import type { ConvexHttpClient } from "convex/browser";
import { percentile } from "../../bench/support/statistics";

export const WRITERS = 64;
export const WRITES_EACH = 8;

export interface Load {
  succeeded: number;
  /** Refused after the last retry. */
  failed: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
}

/** Every writer sends its writes one after the other; all writers run at the same time. */
export async function runWriters(
  connect: () => ConvexHttpClient,
  write: (client: ConvexHttpClient, index: number) => Promise<unknown>,
): Promise<Load> {
  const latencies: number[] = [];
  let failed = 0;
  const startedAt = performance.now();
  const writer = async (number: number) => {
    const client = connect();
    for (let i = 0; i < WRITES_EACH; i++) {
      const sentAt = performance.now();
      try {
        await write(client, number * WRITES_EACH + i);
        latencies.push(performance.now() - sentAt);
      } catch {
        failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)));
  return {
    succeeded: latencies.length,
    failed,
    seconds: (performance.now() - startedAt) / 1000,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
  };
}
