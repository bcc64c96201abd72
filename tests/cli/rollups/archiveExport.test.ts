/** `export --archive`: archives of expired tiles as Parquet, read back by DuckDB, equal what the records make. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { projectRoot } from "../../../cli/demo/backendProcess.js";
import { describeError } from "../../../cli/failure.js";
import { exportRows } from "../../../cli/rollups/export/export.js";
import { inventory as cube } from "../../../convex/cubes.js";
import { ArchiveWriter } from "../../../convex/components/rollups/archives/archiveFile.js";
import type { Change } from "../../../lib/fold/change.js";
import { DeltaBatch } from "../../../lib/fold/deltas.js";
import { foldPartition } from "../../../lib/fold/foldPartition.js";
import { projectFact } from "../../../lib/model/fact.js";
import type { Granularity } from "../../../lib/time/granularity.js";
import { resolveRollup } from "../../../lib/resolve/resolveRollup.js";
import { answer, type Question } from "../../oracle/answer.js";
import { inventory, type StockRow } from "../../oracle/cubes.js";

const ZONE = "America/New_York";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "archive-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const row = (at: string, quantity: number, more: Partial<StockRow> = {}): StockRow => ({
  ...{ product: "p", category: "Books", warehouse: "North", kind: "receipt", unitCost: 2.5 },
  ...{ quantity, occurredAt: Date.parse(`${at}Z`), ...more },
});

const rows: StockRow[] = [
  row("2025-10-20T10:00", 5),
  row("2025-11-02T05:30", 7, { category: 'a "b", c' }),
  row("2025-11-02T06:30", -9_000_000_000_000, { unitCost: 0 }),
  ...Array.from({ length: 400 }, (_, i) =>
    row(`2025-11-${10 + (i % 20)}T12:00`, i - 200, { category: `Kind ${i % 40}`, unitCost: i / 8 }),
  ),
  row("2025-12-01T04:30", 11),
];

/** As the clocks of New York show them: the oracle knows UTC alone. */
const onTheWall = rows.map((one) => {
  const isSummer = one.occurredAt < Date.UTC(2025, 10, 2, 6);
  return { ...one, occurredAt: one.occurredAt - (isSummer ? 4 : 5) * 3_600_000 };
});

/** The archives that the worker would write of these records, by the partitions of a level. */
async function archivesOf(
  name: keyof typeof cube.rollups,
  granularity: Granularity,
  deleted: readonly StockRow[] = [],
) {
  const definition = resolveRollup(cube, name, ZONE);
  const batch = new DeltaBatch(definition);
  const change = (op: "insert" | "delete", doc: StockRow) => {
    const fact = projectFact(cube, { ...doc, value: undefined });
    const [before, after] = op === "insert" ? [null, fact] : [fact, null];
    const docCreatedAt = rows.indexOf(doc);
    return { cube: "inventory", op, docId: `d${docCreatedAt}`, docCreatedAt, before, after };
  };
  for (const doc of rows) batch.add(change("insert", doc) as Change);
  const later = new DeltaBatch(definition);
  for (const doc of deleted) later.add(change("delete", doc) as Change);
  const paths: string[] = [];
  for (const partition of batch.partitions()) {
    if (partition.level.granularity !== granularity) continue;
    const { partitionStart } = partition;
    const writer = new ArchiveWriter({
      ...{ rollup: `inventory.${name}`, generation: 3, granularity, partitionStart, definition },
    });
    let tiles = foldPartition(definition, partition, [], { cellsMax: 16 }).put;
    for (const gone of later.partitions()) {
      const isHere = gone.level === partition.level && gone.partitionStart === partitionStart;
      if (!isHere) continue;
      const { put, drop } = foldPartition(definition, gone, tiles, { cellsMax: 16 });
      const stays = tiles.filter(
        ({ chunk }) => !drop.includes(chunk) && put.every((one) => one.chunk !== chunk),
      );
      tiles = [...stays, ...put];
    }
    for (const tile of tiles) writer.add(tile);
    const path = join(folder, `${partitionStart}.gz`);
    await writeFile(path, writer.finish());
    paths.push(path);
  }
  return paths;
}

async function run(...args: string[]): Promise<string> {
  let said = "";
  const terminal = { cwd: projectRoot, asks: false, say: (text: string) => void (said += text) };
  await exportRows(args, terminal);
  return said;
}

const failure = (...args: string[]) =>
  run(...args).then(
    () => "nothing failed",
    (error: unknown) => describeError(error),
  );

async function duck(sql: string): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
  }
}

test("archives of several partitions are one file, whose rows are those that the records make", async () => {
  const paths = await archivesOf("costs", "day");
  expect(paths).toHaveLength(2);
  const out = join(folder, "costs.parquet");
  const archives = paths.toReversed().flatMap((path) => ["--archive", path]);
  expect(await run("parquet", ...archives, "--out", out)).toMatch(
    /rows in 2 of 2 parts, as they were archived/,
  );
  const columns = [
    "occurredAt.day",
    "category",
    "count",
    "quantity",
    "value",
    "minUnitCost",
    "maxUnitCost",
  ];
  const found = await duck(
    `SELECT strftime("inventory.occurredAt.day", '%Y-%m-%dT%H:%M:%S.%g'), * EXCLUDE ("inventory.occurredAt.day") FROM '${out}'`,
  );
  const question = {
    measures: columns.slice(2).map((name) => `inventory.${name}`),
    dimensions: ["inventory.category"],
    timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "day" }],
    order: [
      ["inventory.occurredAt", "asc"],
      ["inventory.category", "asc"],
    ],
    timezone: "UTC",
  };
  const told = answer(inventory, onTheWall, question as unknown as Question);
  expect(found.map((values) => values.map((value, i) => (i < 2 ? value : Number(value))))).toEqual(
    told.map((one) => columns.map((name) => one[`inventory.${name}`])),
  );
  expect(found.length).toBeGreaterThan(40);
  const [[about]] = (await duck(
    `SELECT decode(value) FROM parquet_kv_metadata('${out}') WHERE decode(key) = 'convex-rollups'`,
  )) as [[string]];
  expect(JSON.parse(about)).toMatchObject({
    ...{ rollup: { cube: "inventory", name: "costs" }, timezone: ZONE, watermark: null },
    ...{ servedBy: ["inventory.costs@3"], deployment: null, exact: true },
    parts: [
      { from: "2025-10-01T00:00:00.000", to: "2025-11-01T00:00:00.000", rows: 1 },
      { from: "2025-11-01T00:00:00.000", to: "2025-12-01T00:00:00.000" },
    ],
  });
});

test("hours of an archive are those of its zone, and levels and windows are left out", async () => {
  const paths = await archivesOf("totals", "hour");
  const out = join(folder, "hours.ndjson");
  await run("ndjson", ...paths.flatMap((path) => ["--archive", path]), "--out", out);
  const lines = (await readFile(out, "utf8")).trim().split("\n");
  const question = {
    measures: ["inventory.count", "inventory.quantity", "inventory.value"],
    timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "hour" }],
    timezone: "UTC",
  };
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    answer(inventory, onTheWall, question as Question),
  );
});

test("an extreme whose record was deleted before it was found again is refused, not guessed", async () => {
  const largest = rows.findLast(({ category }) => category === "Kind 39")!;
  const paths = await archivesOf("costs", "day", [largest]);
  const archives = paths.flatMap((path) => ["--archive", path]);
  const out = join(folder, "costs.csv");
  expect(await failure("csv", ...archives, "--out", out)).toMatch(/^ExtremePending: /);
  expect((await readdir(folder)).filter((name) => /part|csv/.test(name))).toEqual([]);
});

test("what is no archive, is damaged, or is of another rollup, is refused and leaves no file", async () => {
  const [costs] = await archivesOf("costs", "day");
  const bytes = await readFile(costs!);
  const out = ["--out", join(folder, "out/none.csv")];
  await rm(costs!);
  const put = async (name: string, content: Uint8Array | string) => {
    await writeFile(join(folder, name), content);
    return ["--archive", join(folder, name)];
  };
  const whole = await put("whole.gz", bytes);
  expect(await failure("csv", ...(await put("text.gz", "text")), ...out)).toMatch(/^BadFile: /);
  expect(await failure("csv", ...(await put("cut.gz", bytes.subarray(0, 300))), ...out)).toMatch(
    /^BadFile: /,
  );
  expect(await failure("csv", "--archive", join(folder, "missing"), ...out)).toMatch(/^NoFile: /);
  const [totals] = await archivesOf("totals", "hour");
  expect(await failure("csv", ...whole, "--archive", totals!, ...out)).toMatch(/^OtherArchive: /);
  expect(await failure("csv", ...whole, "--since", "x", ...out)).toMatch(/^BadUsage: /);
  expect((await readdir(folder)).filter((name) => /part|csv/.test(name))).toEqual([]);
});
