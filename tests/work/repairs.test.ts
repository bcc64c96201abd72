// @vitest-environment edge-runtime
/** Law 8 for repairs: what a plan looks at, and asks the app, is bounded however many buckets wait. */
import { expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { foldLimits } from "../../convex/components/rollups/limits/fold.js";
import {
  foldAll,
  inner,
  inside,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
} from "../convex/harness.js";

const DAY = 86_400_000;
const WAITING = 100;
/** Tenant, position, states and what the loop itself reads. */
const FIXED_DOCUMENTS = 40;

/** A tenant that serves, with repairs of every level queued; those of the finest one may be of large buckets. */
async function queued(isLarge: boolean) {
  const t = startBackend();
  const ann = await tenantOf(t);
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: [stockRow()] });
  await foldAll(t);
  await inside(t, async (ctx) => {
    const states = await ctx.db.query("rollupStates").collect();
    for (const { tenantId, cube, rollup, generation, definition } of states) {
      for (const { granularity } of definition.levels) {
        for (let i = 0; i < WAITING; i++) {
          const at = Math.floor(NOW / DAY) * DAY - (i + 1) * 40 * DAY;
          const place = { partitionStart: at, bucket: at, granularity };
          const isFinest = granularity === definition.levels[0]?.granularity;
          await ctx.db.insert("repairs", {
            ...{ tenantId, kind: "drift", rollup: `${cube}.${rollup}`, generation, ...place },
            ...(isFinest && isLarge ? { isLarge } : {}),
          });
        }
      }
    }
  });
  return t;
}

const look = (t: Backend) =>
  t.mutation(async (ctx) => {
    const found = await ctx.runQuery(inner.worker.nextWork.nextWork, { name: "fold:acme" });
    const { documentsRead } = await ctx.meta.getTransactionMetrics();
    if (!("batch" in found)) throw new Error("The worker has nothing to do.");
    const { job } = found.batch;
    if (job.kind !== "fold") throw new Error("Generations are to begin.");
    return { job, documents: documentsRead.used };
  });

test("a plan looks at some hundred repairs at most, and plans as many as an iteration takes", async () => {
  const { job, documents } = await look(await queued(false));
  expect(job.repairs.length).toBe(foldLimits.repairPartitions);
  expect(documents).toBeLessThan(foldLimits.repairLooks + FIXED_DOCUMENTS);
});

test("repairs that wait for a large bucket are not all looked at, and the bucket is gone on with", async () => {
  const { job, documents } = await look(await queued(true));
  expect(job.large).toMatchObject({ outcome: "ready" });
  expect(documents).toBeLessThan(2 * foldLimits.repairLooks + FIXED_DOCUMENTS);
});
