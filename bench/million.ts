/**
 * A million records, once: `npx tsx bench/million.ts`. Too long for the tests. Reports what importing
 * and folding them takes, what the common questions cost then, and where the process ends up.
 */
import { parseArgs } from "node:util";
import { patterns } from "../tests/convex/patterns.js";
import { LAST_DAY } from "./data/rows.js";
import { inOrder, startUnpaced } from "./support/loaded.js";
import { percentile, timings } from "./support/statistics.js";
import { figure, table, type Cell } from "./support/table.js";
import { Tenant } from "./support/tenant.js";

const CALLS = 10;
const STEP = 100_000;

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    /** A directory for a CPU profile of the backend. */
    profile: { type: "string" },
  },
});
const records = Number(values.records);

const backend = await startUnpaced({ cpuProfileDir: values.profile });
try {
  const tenant = await Tenant.open(backend, "acme");
  await tenant.settled();
  const rows = inOrder("watch", records);
  const steps: Cell[][] = [];
  for (let sent = 0; sent < records; sent += STEP) {
    const { seconds } = await tenant.send("watch", rows.slice(sent, sent + STEP));
    const folded = await tenant.settled(3_600_000);
    const { rssBytes, heapBytes } = await backend.memory();
    const { documents } = await backend.stats();
    steps.push([
      Math.min(records, sent + STEP),
      seconds,
      folded.seconds,
      documents["rollups/rollupTiles"] ?? 0,
      Math.round(rssBytes / 1e6),
      Math.round(heapBytes / 1e6),
    ]);
    console.log(
      steps
        .at(-1)!
        .map((cell) => figure(Number(cell)))
        .join("  "),
    );
  }
  const header = ["records", "sent in s", "folded after s", "tiles", "resident MB", "heap MB"];
  console.log(`\n${table(header, steps)}\n`);

  const { rollups, deadLetters } = await tenant.health();
  const down = rollups.filter(({ status }) => status !== "ready");
  for (const { cube, rollup, status } of down) console.log(`${cube}.${rollup} is ${status}`);
  console.log(`dead letters: ${deadLetters}\n`);

  const answers: Cell[][] = [];
  let call = 0;
  for (const { name, query, rollup } of patterns(LAST_DAY)) {
    if (!rollup.startsWith("watch.")) continue;
    const limit = typeof query.limit === "number" ? query.limit : 5000;
    try {
      const { work, servedBy } = await tenant.load(query);
      const times = await timings(CALLS, () => tenant.load({ ...query, limit: limit + ++call }));
      const { documents, bytes, indexRanges } = work;
      answers.push([name, servedBy, documents, bytes, indexRanges, percentile(times, 50)]);
    } catch (error) {
      answers.push([name, `refused: ${String(error).slice(0, 80)}`]);
    }
  }
  console.log(
    table(["question", "served by", "documents", "bytes", "index ranges", "p50 ms"], answers),
  );
} finally {
  await backend.stop();
}
