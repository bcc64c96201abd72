/**
 * At the size that the product is for: 100,000 records come in through the public mutations in a
 * minute or so, and questions over them are answered in milliseconds. Memory, start and folding times
 * are printed, not judged.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { LAST_DAY } from "../../bench/data/rows.js";
import type { BackendProcess } from "../../bench/support/backendProcess.js";
import { inOrder, startUnpaced } from "../../bench/support/loaded.js";
import { percentile, timed } from "../../bench/support/statistics.js";
import { table, type Cell } from "../../bench/support/table.js";
import { Tenant } from "../../bench/support/tenant.js";
import { patterns } from "../convex/patterns.js";
import { heavyProfile, stageLimits } from "../support/stage.js";

const RECORDS = 100_000;
/**
 * Times are printed; what fails the build is far above them, so that a busy machine does not. The aims
 * on two quiet cores are 90 s for the import and 10 ms for the median answer.
 */
const IMPORT_SECONDS_MAX = 240;
const CALLS = 200;
const P50_MS_MAX = 100;
/** The machine may have something else to do; the best of some rounds is what the server can. */
const ROUNDS = 3;

let backend: BackendProcess;
let tenant: Tenant;
const figures: Cell[][] = [];

beforeAll(async () => {
  backend = await startUnpaced({ profile: heavyProfile, limits: stageLimits });
  tenant = await Tenant.open(backend, "acme");
  figures.push(["process start to first connection, ms", backend.startMs]);
  figures.push(["push of the app, ms", backend.pushMs]);
});

afterAll(async () => {
  const { rssBytes, heapBytes } = await backend.memory();
  figures.push(["resident memory, MB", rssBytes / 1e6], ["heap in use, MB", heapBytes / 1e6]);
  await backend.stop();
  console.log(`\n${table(["figure", "measured"], figures)}\n`);
});

test("100,000 records come in through public mutations", { timeout: 400_000 }, async () => {
  await tenant.settled();
  const { rows, seconds } = await tenant.send("watch", inOrder("watch", RECORDS));
  figures.push(["import of 100,000 records, s", seconds]);
  expect(rows).toBe(RECORDS);
  expect(seconds).toBeLessThan(IMPORT_SECONDS_MAX);
  const folded = await tenant.settled();
  figures.push(["folded after another, s", folded.seconds]);
  const count = { measures: ["watch.count"] };
  expect((await tenant.load(count, "folded")).data).toEqual([{ "watch.count": RECORDS }]);
});

test("an answer takes milliseconds over HTTP", async () => {
  const questions = patterns(LAST_DAY).filter(({ rollup }) => rollup.startsWith("watch."));
  let round = 0;
  const ask = async (call: number) => {
    const { query, rollup } = questions[call % questions.length]!;
    // A limit that no call had before, so that no call is answered from the cache.
    const limit = (typeof query.limit === "number" ? query.limit : 5000) + round * CALLS + call;
    const { servedBy } = await tenant.load({ ...query, limit });
    expect(servedBy).toBe(`${rollup}@1`);
  };
  let best = Infinity;
  while (round < ROUNDS && best > P50_MS_MAX) {
    const times: number[] = [];
    for (let call = 0; call < CALLS; call++) times.push(await timed(() => ask(call)));
    figures.push([`load over HTTP, p50 of ${CALLS} calls, ms`, percentile(times, 50)]);
    figures.push([`load over HTTP, p95 of ${CALLS} calls, ms`, percentile(times, 95)]);
    best = Math.min(best, percentile(times, 50));
    round++;
  }
  expect(best).toBeLessThanOrEqual(P50_MS_MAX);
});
