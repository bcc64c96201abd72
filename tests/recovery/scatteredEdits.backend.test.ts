/**
 * Edits of old records scatter: each touches other days, months and years of every rollup. However
 * far apart they lie, one fold may take no more than a transaction holds, or it would be tried again
 * for ever and nothing behind it would be folded.
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { makeFunctionReference } from "convex/server";
import { setWorker, startWithApp, TENANT, untilFolded, type Started } from "../realData/backend.js";
import { load } from "../realData/compare.js";
import { carryOutAll } from "../realData/edits.js";
import { readRecords } from "../realData/mirror.js";
import { dice } from "../realData/random.js";
import { heavyProfile } from "../support/stage.js";

// A busy machine is slow, not wrong.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const rows = 600;
/** Far enough apart that hardly two of them share a month. */
const stepMs = 17 * 86_400_000;

let backend: Started;

beforeAll(async () => {
  backend = await startWithApp({ profile: heavyProfile });
  await backend.client.mutation(makeFunctionReference<"mutation">("watch:recordBatch"), {
    tenantId: TENANT,
    rows: Array.from({ length: rows }, (_, i) => ({
      ...{ videoId: `v${i % 50}`, title: "A film", channel: `c${i % 9}`, topics: ["A", "B"] },
      ...{ category: "Film", viewer: `viewer ${i % 20}`, durationSeconds: 60 },
      watchedAt: Date.UTC(1995, 0, 1) + i * stepMs,
    })),
  });
  await untilFolded(backend.client);
});

afterAll(async () => {
  await backend?.process.stop();
});

test("hundreds of edits, each in a month of its own, are folded", async () => {
  const records = await readRecords(backend.client);
  // All in one backlog: a busy hour, or a worker that was stopped for a while.
  await setWorker(backend.process, "stop");
  const edits = dice(1)
    .shuffle([...records.watch])
    .map(([id, { watchedAt }]) => ({
      cube: "watch" as const,
      id,
      patch: { category: "Series", watchedAt: watchedAt + 100 * stepMs },
    }));
  await carryOutAll(backend.client, records, edits);
  await setWorker(backend.process, "start");

  const health = await untilFolded(backend.client);
  expect(health.deadLetters).toBe(0);
  const { data, servedBy } = await load(backend.client, {
    name: "categories",
    cube: "watch",
    question: { measures: ["watch.count"], dimensions: ["watch.category"] },
    servedBy: "watch.by_category",
  });
  expect(data).toEqual([{ "watch.category": "Series", "watch.count": rows }]);
  expect(servedBy).toBe("watch.by_category@1");
});
