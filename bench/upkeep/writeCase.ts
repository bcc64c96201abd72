/** A thousand rows in one mutation, where each read takes two milliseconds to arrive. */
import { api } from "../../convex/_generated/api.js";
import { percentile, timed } from "../support/statistics.js";
import type { Report } from "../support/report.js";
import { atRandom, byTime } from "./rows.js";
import { Stage, type StageOptions } from "./stage.js";

const ROWS = 1000;
const BATCHES = 4;
const LATENCY_MS = 2;
const TARGET_MS = 300;

const TITLE = `recordBatch(${ROWS}), each read ${LATENCY_MS} ms late`;
const HEADER = ["rows", "batches", "p50 ms", "max ms", "user time max ms"];

export async function runWriteCase(
  name: string,
  options: StageOptions,
  report: Report,
): Promise<void> {
  const stage = await Stage.start({ ...options, readLatencyMs: LATENCY_MS });
  try {
    const tenant = await stage.tenant("acme");
    await tenant.settled();
    // The worker is not to be measured beside it.
    await stage.stopWorker(tenant.tenantId);
    const client = tenant.connect();
    for (const [order, make] of Object.entries({ "by time": byTime, "at random": atRandom })) {
      const all = make("watch", BATCHES * ROWS, 3);
      await stage.reset();
      const times: number[] = [];
      for (let i = 0; i < BATCHES; i++) {
        const rows = all.slice(i * ROWS, (i + 1) * ROWS);
        const args = { tenantId: tenant.tenantId, rows: rows as never };
        times.push(await timed(() => client.mutation(api.watch.recordBatch, args)));
        // The limit of what may be written in a second is not measured here.
        await new Promise((resolve) => setTimeout(resolve, 1500));
      }
      const { userTimes } = await stage.backend.stats();
      const user = userTimes["watch:recordBatch"]?.max ?? 0;
      const [p50, max] = [percentile(times, 50), Math.max(...times)];
      report.row(TITLE, HEADER, [order, BATCHES, p50, max, user]);
      report.figure(name, `p50 ms, ${order}`, p50, TARGET_MS);
    }
  } finally {
    await stage.stop();
  }
}
