/** What pages of records say of tiles, beside the tiles that the engine makes of the same records. */
import { describe, expect, test } from "vitest";
import { demoTenants } from "../../cli/demo/tenants.js";
import { watchLedger } from "../../cli/demo/watchLedger.js";
import { watch } from "../../convex/cubes.js";
import { loadOfCount } from "../../lib/advisor/load.js";
import { DeltaBatch } from "../../lib/fold/deltas.js";
import { foldPartition } from "../../lib/fold/foldPartition.js";
import type { Fact } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import type { StoredRollup } from "../../lib/model/rollup.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { touchedLevels } from "../../lib/sampling/writes.js";
import { countsOf, sizeOf } from "./counted.js";

const END = Date.UTC(2026, 5, 17);
const RECORDS = 6000;
const ZONE = "America/New_York";

const ledger = watchLedger(demoTenants[0]!, RECORDS, END, "sampling");
const facts = Array.from({ length: ledger.groups }, (_, i) => ledger.group(i))
  .flat()
  .sort((a, b) => a.watchedAt - b.watchedAt)
  .map(({ key: _, ...row }) => projectFact(watch, row as never));

/** Of a document, what is not of its series: its place, and what Convex adds. */
const placeOf = (rollup: StoredRollup, granularity: string, partitionStart: number) => ({
  ...{ _id: "k".repeat(32), _creationTime: 1, tenantId: "acme", rollup: `watch.${rollup.name}` },
  ...{ generation: 1, granularity, partitionStart, period: "2026-01-01", updatedAt: 1 },
});

/** Documents and bytes of each level, as folding the facts would store them. */
function stored(rollup: StoredRollup, facts: readonly Fact[]) {
  const batch = new DeltaBatch(rollup);
  for (const after of facts)
    batch.add({ cube: "watch", op: "insert", docId: "", docCreatedAt: 0, before: null, after });
  const levels = new Map<string, { documents: number; bytes: number; partitions: number }>();
  for (const delta of batch.partitions()) {
    const { level, partitionStart } = delta;
    const sum = levels.get(level.granularity) ?? { documents: 0, bytes: 0, partitions: 0 };
    const { put } = foldPartition(rollup, delta, []);
    for (const tile of put) {
      sum.documents++;
      sum.bytes += sizeOf({ ...placeOf(rollup, level.granularity, partitionStart), ...tile });
    }
    sum.partitions++;
    levels.set(level.granularity, sum);
  }
  return levels;
}

describe.each(Object.keys(watch.rollups))("the tiles of %s", (name) => {
  const rollup = resolveRollup(watch, name, ZONE);
  const hasSketches = rollup.accumulators.some(({ kind }) => kind === "hll" || kind === "ddSketch");

  test("are estimated by all records: bytes within a tenth, sketches from above, documents within a quarter", () => {
    const real = stored(rollup, facts);
    for (const { level, count } of countsOf([rollup], facts)) {
      const load = loadOfCount(rollup, level, count);
      const { documents, bytes, partitions } = real.get(level.granularity)!;
      expect(load.partitions / partitions, level.granularity).toBeCloseTo(1, 1);
      const place = `${level.granularity}: ${load.documents} of ${documents}, ${load.bytes} of ${bytes}`;
      expect(load.bytes / bytes, place).toBeGreaterThan(0.9);
      expect(load.bytes / bytes, place).toBeLessThan(hasSketches ? 1.5 : 1.1);
      expect(Math.abs(load.documents / documents - 1), place).toBeLessThan(0.25);
    }
  });

  test("are estimated within a quarter by the newest half of the records", () => {
    if (hasSketches) return;
    const real = stored(rollup, facts);
    const half = facts.slice(facts.length / 2);
    for (const { level, count } of countsOf([rollup], half, 2)) {
      const { bytes, partitions } = real.get(level.granularity)!;
      // A few partitions are no sample.
      if (partitions < 10) continue;
      const load = loadOfCount(rollup, level, count);
      expect(Math.abs(load.bytes / bytes - 1), level.granularity).toBeLessThan(1 / 4);
    }
  });
});

test("what folds touch is counted by partition and series, and by whether the partition is open", () => {
  const rollup = resolveRollup(watch, "by_category", "UTC");
  const at = (watchedAt: number, category: string) =>
    ({ ...facts[0]!, watchedAt, category }) as Fact;
  const now = Date.UTC(2026, 5, 17);
  const folds = [
    [at(now, "Film"), at(now + 1, "Film"), at(now, "News")],
    [at(Date.UTC(2024, 0, 1), "Film")],
  ];
  expect(touchedLevels([rollup], folds, now)).toEqual([
    [
      { partitions: 2, series: 3, open: 1 },
      { partitions: 2, series: 3, open: 1 },
    ],
  ]);
});
