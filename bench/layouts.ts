/**
 * Layouts of stored aggregates side by side, on the real files: what ten common questions read, and
 * what folding one record rewrites. `npx tsx bench/layouts.ts [--data DIRECTORY]`. Counts only; the
 * figures of `docs/designs/001-tiles-as-series.md`.
 */
import { parseArgs } from "node:util";
import { getConvexSize, type Value } from "convex/values";
import { catalogue } from "../convex/cubes.js";
import { DeltaBatch, type PartitionDelta } from "../lib/fold/deltas.js";
import { chunksFor, foldPartition } from "../lib/fold/foldPartition.js";
import { projectFact } from "../lib/model/fact.js";
import type { CubeDefinition } from "../lib/model/cube.js";
import { resolveRollup } from "../lib/resolve/resolveRollup.js";
import type { Level, StoredRollup } from "../lib/model/rollup.js";
import { normalizeQuery } from "../lib/query/normalizeQuery.js";
import { compileQuery } from "../lib/query/compile.js";
import { planQuery } from "../lib/planner/planQuery.js";
import { decodeTile } from "../lib/tiles/codec.js";
import type { Cell, TileColumns } from "../lib/tiles/tile.js";
import { bucketStart } from "../lib/time/calendar.js";
import { realDataDir } from "../tests/cli/realData.js";
import { patterns } from "../tests/convex/patterns.js";
import { readDemand, readRatings } from "../tests/realData/sourceFiles.js";
import { table, type Cell as TableCell } from "./support/table.js";

const ZONE = "UTC";
/** Records whose folding is sampled, evenly over the file. */
const SAMPLE = 200;

/** A stored document: where it lies in its level, and its size. */
interface Stored {
  /** Start of the bucket or partition that the index finds it by. */
  at: number;
  bytes: number;
}

/** Documents of one level of one rollup in one layout. */
interface Kept {
  documents: Stored[];
  /** The start that the index looks for, for a time. */
  startOf(t: number): number;
  /** Bytes of the documents that one record's delta changes. */
  rewritten(delta: PartitionDelta): number[];
}

type Layout = (rollup: StoredRollup, level: Level, deltas: readonly PartitionDelta[]) => Kept;

const envelope = {
  ...{ _id: "j".repeat(32), _creationTime: 0, tenantId: "acme", rollup: "inventory.by_category" },
  ...{ generation: 1, granularity: "day", period: "2026-01-01", updatedAt: 0 },
};

const sizeOf = (content: Record<string, Value | undefined>) =>
  getConvexSize({ ...envelope, ...content });

/** Documents of `cellsMax` cells of one bucket each; one cell each for `cellsMax` 1. */
const perBucket =
  (cellsMax: number): Layout =>
  (rollup, level, deltas) => {
    const buckets = new Map<number, Cell[]>();
    for (const cell of cellsOf(rollup, level, deltas)) {
      const cells = buckets.get(cell.bucket);
      if (cells === undefined) buckets.set(cell.bucket, [cell]);
      else cells.push(cell);
    }
    const homes = new Map<string, number>();
    const documents: Stored[] = [];
    for (const [bucket, cells] of buckets) {
      for (let i = 0; i < cells.length; i += cellsMax) {
        const some = cells.slice(i, i + cellsMax);
        const content = Object.fromEntries([
          ...rollup.dimensions.map(({ name }, at) => [
            name,
            some.map(({ dimensions }) => dimensions[at] ?? null),
          ]),
          ...rollup.accumulators.map(({ column }, at) => [
            column,
            some.map(({ values }) => values[at] ?? null),
          ]),
        ]) as Record<string, Value>;
        const bytes = sizeOf({ bucket, chunk: i, content });
        for (const { dimensions } of some) homes.set(placeOf(bucket, dimensions), bytes);
        documents.push({ at: bucket, bytes });
      }
    }
    return {
      documents,
      startOf: (t) => bucketStart(level.granularity, ZONE, t),
      rewritten: ({ cells }) =>
        cells.map(({ bucket, dimensions }) => homes.get(placeOf(bucket, dimensions)) ?? 0),
    };
  };

/** Series in chunks of at most `cellsMax` cells. */
const series =
  (cellsMax: number): Layout =>
  (rollup, level, deltas) => {
    const sizes = new Map<number, Map<number, number>>();
    const directories = new Map<number, TileColumns["directory"]>();
    const documents: Stored[] = [];
    for (const delta of deltas) {
      const chunks = new Map<number, number>();
      for (const tile of foldPartition(rollup, delta, [], { cellsMax }).put) {
        const directory = tile.directory === null ? null : { ...tile.directory };
        const bytes = sizeOf({ partitionStart: delta.partitionStart, ...tile, directory });
        chunks.set(tile.chunk, bytes);
        documents.push({ at: delta.partitionStart, bytes });
        if (tile.chunk === 0) directories.set(delta.partitionStart, tile.directory);
      }
      sizes.set(delta.partitionStart, chunks);
    }
    return {
      documents,
      startOf: (t) => bucketStart(level.partition, ZONE, t),
      rewritten: ({ partitionStart, cells }) =>
        [...chunksFor(directories.get(partitionStart) ?? null, cells)].map(
          (chunk) => sizes.get(partitionStart)?.get(chunk) ?? 0,
        ),
    };
  };

const layouts: Record<string, Layout> = {
  "a document per cell": perBucket(1),
  "a document per bucket, 128 cells": perBucket(128),
  "series, 64 cells": series(64),
  "series, 128 cells (chosen)": series(128),
  "series, 256 cells": series(256),
};

function cellsOf(rollup: StoredRollup, level: Level, deltas: readonly PartitionDelta[]): Cell[] {
  return deltas.flatMap((delta) =>
    foldPartition(rollup, delta, []).put.flatMap((tile) =>
      decodeTile(rollup, level, delta.partitionStart, tile),
    ),
  );
}

const placeOf = (bucket: number, dimensions: Cell["dimensions"]) =>
  `${bucket}${JSON.stringify(dimensions)}`;

function deltasOf(cube: CubeDefinition, rollup: StoredRollup, rows: readonly object[]) {
  const batch = new DeltaBatch(rollup);
  rows.forEach((row, i) => {
    const after = projectFact(cube, row as Record<string, Value>);
    const base = { cube: cube.name, op: "insert" as const, docCreatedAt: i, before: null };
    batch.add({ ...base, docId: String(i), after });
  });
  return batch.partitions();
}

const asked: Record<"watch" | "inventory", string[]> = {
  watch: [
    "Daily views, last 90 days",
    "Monthly views and watch time, all time",
    "Views by topic, last 90 days",
    "Top 20 videos, last 30 days",
    "Distinct viewers by month, year to date",
  ],
  inventory: [
    "Daily movements by category, last 90 days",
    "Quantity and value by warehouse, by month, year to date",
    "Month × category × warehouse, all time",
    "Top 10 products by quantity, last 90 days",
    "Stock on hand by warehouse, daily, last 30 days",
  ],
};

function measure(name: "watch" | "inventory", rows: readonly { at: number; row: object }[]): void {
  const cube = catalogue[name] as CubeDefinition;
  const end = new Date(Math.max(...rows.map(({ at }) => at))).toISOString().slice(0, 10);
  const docs = rows.map(({ row }) => row);
  const sampled = docs.filter((_, i) => i % Math.ceil(docs.length / SAMPLE) === 0);
  const rollups = Object.keys(cube.rollups).map((one) => resolveRollup(cube, one, ZONE));
  const kept = new Map<string, Kept>();
  const key = (layout: string, rollup: string, granularity: string) =>
    `${layout}/${rollup}/${granularity}`;
  const writes: TableCell[][] = [];
  const stored = rollups.map((rollup) => ({ rollup, deltas: deltasOf(cube, rollup, docs) }));
  for (const [layout, build] of Object.entries(layouts)) {
    let [documents, bytes, rewrittenDocuments, rewrittenBytes] = [0, 0, 0, 0];
    for (const { rollup, deltas } of stored) {
      for (const level of rollup.levels) {
        const mine = deltas.filter((delta) => delta.level.granularity === level.granularity);
        const built = build(rollup, level, mine);
        kept.set(key(layout, rollup.name, level.granularity), built);
        documents += built.documents.length;
        bytes += built.documents.reduce((sum, one) => sum + one.bytes, 0);
        for (const doc of sampled) {
          for (const delta of deltasOf(cube, rollup, [doc])) {
            if (delta.level.granularity !== level.granularity) continue;
            const sizes = built.rewritten(delta);
            rewrittenDocuments += sizes.length;
            rewrittenBytes += sizes.reduce((sum, size) => sum + size, 0);
          }
        }
      }
    }
    const mean = (sum: number) => Math.round(sum / sampled.length);
    writes.push([layout, documents, bytes, mean(rewrittenDocuments), mean(rewrittenBytes)]);
  }
  console.log(`\n${name}: ${docs.length} records, until ${end}\n`);
  const header = ["layout", "documents", "bytes", "rewritten by one record", "bytes rewritten"];
  console.log(table(header, writes));

  const reads = patterns(end)
    .filter((pattern) => asked[name].includes(pattern.name))
    .map((pattern): TableCell[] => {
      const query = normalizeQuery({ [name]: cube }, pattern.query, { timezone: ZONE });
      const candidates = rollups.map((rollup) => ({
        rollup,
        generation: 1,
        status: "ready" as const,
      }));
      const { plan } = planQuery({ compiled: compileQuery(cube, query), rollups: candidates });
      if (plan === null) throw new Error(`No rollup serves ${pattern.name}.`);
      const cells = Object.keys(layouts).map((layout) => {
        let [documents, bytes] = [0, 0];
        for (const segment of plan.segments) {
          if (segment.kind === "facts") continue;
          const level = kept.get(key(layout, plan.rollup.name, segment.level.granularity))!;
          const from = segment.from === null ? -Infinity : level.startOf(segment.from);
          const to = segment.to ?? Infinity;
          for (const one of level.documents) {
            if (one.at < from || one.at >= to) continue;
            documents++;
            bytes += one.bytes;
          }
        }
        return `${documents} / ${(bytes / 1000).toFixed(1)}`;
      });
      return [pattern.name, ...cells];
    });
  console.log(`\nDocuments / kB read\n`);
  console.log(table(["question", ...Object.keys(layouts)], reads));
}

const { values } = parseArgs({ options: { data: { type: "string" } } });
const directory = values.data ?? realDataDir();
if (directory === null) throw new Error("The real files are absent; say where with --data.");
measure(
  "inventory",
  readDemand(directory).map((row) => ({ at: row.occurredAt, row })),
);
measure(
  "watch",
  readRatings(directory).map((row) => ({ at: row.watchedAt, row })),
);
