/**
 * Law 8, at size: the same question over the same cells reads the same documents and index ranges
 * whether a thousand records lie behind it, or ten, or twenty thousand: a hundred thousand with
 * `HEAVY=production`, as folding them takes most of the time.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBackendProcess, type BackendProcess } from "../../bench/support/backendProcess.js";
import { table, type Cell } from "../../bench/support/table.js";
import { Tenant, type CubeName, type Loaded } from "../../bench/support/tenant.js";
import { stockRows, watchRows } from "../../bench/data/rows.js";
import { heavyProfile, stageLimits } from "../support/stage.js";
import {
  BYTES_MAX,
  cubes,
  dailyByCategory,
  DOCUMENTS_MAX,
  EVERY_THIRD_DAY,
  everyThirdDay,
  FIXED_RANGES,
  TILE_RANGES_MAX,
} from "./questions.js";

const SIZES = [1000, 10_000, heavyProfile === "production" ? 100_000 : 20_000];
/** Larger sums take a byte or two more each. */
const BYTES_TOLERANCE = 1.05;

/** As records come: in order of time. */
const rowsInOrder = {
  watch: (records: number) =>
    [...watchRows(records, everyThirdDay)].sort((a, b) => a.watchedAt - b.watchedAt),
  inventory: (records: number) =>
    [...stockRows(records, everyThirdDay)].sort((a, b) => a.occurredAt - b.occurredAt),
};

let backend: BackendProcess;
const figures: Cell[][] = [];

beforeAll(async () => {
  // Upkeep at full speed: what is measured here is reading.
  backend = await startBackendProcess({
    profile: heavyProfile,
    limits: stageLimits,
    env: { ROLLUPS_WRITE_BYTES_PER_SECOND: "100000000" },
  });
});

afterAll(async () => {
  await backend.stop();
  const header = ["cube", "records", "documents", "bytes", "index ranges"];
  console.log(`\nDaily by category over 90 days\n${table(header, figures)}\n`);
});

async function workAt(cube: CubeName, records: number): Promise<Loaded["work"]> {
  const tenant = await Tenant.open(backend, `${cube}-${records}`);
  await tenant.send(cube, rowsInOrder[cube](records));
  await tenant.settled();
  const { query, servedBy } = dailyByCategory[cube];
  const answer = await tenant.load(query);
  expect(answer.servedBy).toBe(servedBy);
  expect(answer.data).toHaveLength(EVERY_THIRD_DAY);
  const { work } = answer;
  figures.push([cube, records, work.documents, work.bytes, work.indexRanges]);
  return work;
}

const timeout = 900_000;

test.each(cubes)(
  "%s: many times the records cost nothing more to read",
  { timeout },
  async (cube) => {
    const works: Loaded["work"][] = [];
    for (const records of SIZES) works.push(await workAt(cube, records));
    const [least] = works;
    for (const work of works) {
      expect(work.indexRanges).toBe(least!.indexRanges);
      expect(work.indexRanges).toBeLessThanOrEqual(FIXED_RANGES + TILE_RANGES_MAX);
      expect(work.documents).toBe(least!.documents);
      expect(work.documents).toBeLessThanOrEqual(DOCUMENTS_MAX);
      expect(work.bytes).toBeLessThanOrEqual(least!.bytes * BYTES_TOLERANCE);
      expect(work.bytes).toBeLessThanOrEqual(BYTES_MAX);
    }
  },
);
