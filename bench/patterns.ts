/**
 * What each common question costs at 100,000 records per cube: `npx tsx bench/patterns.ts`. Prints
 * the table of `docs/pre_aggregation_strategy.md`, and what the rollups themselves take.
 */
import { parseArgs } from "node:util";
import { catalogue } from "../convex/cubes.js";
import { patterns } from "../tests/convex/patterns.js";
import { LAST_DAY } from "./data/rows.js";
import { loadTenant, startUnpaced } from "./support/loaded.js";
import { percentile, timings } from "./support/statistics.js";
import { table, type Cell } from "./support/table.js";

const CALLS = 20;

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "100000" },
    /** A directory for a CPU profile of the backend. */
    profile: { type: "string" },
  },
});
const records = Number(values.records);

const backend = await startUnpaced({ cpuProfileDir: values.profile });
try {
  const { tenant, sent, foldedAfterSeconds } = await loadTenant(backend, "acme", {
    watch: records,
    inventory: records,
  });
  for (const { cube, records: count, seconds } of sent) {
    console.log(`${cube}: ${count} records sent in ${seconds.toFixed(1)} s`);
  }
  console.log(`folded ${foldedAfterSeconds.toFixed(1)} s after the last one\n`);

  const rows: Cell[][] = [];
  let call = 0;
  for (const { name, query, rollup } of patterns(LAST_DAY)) {
    const limit = typeof query.limit === "number" ? query.limit : 5000;
    const { work, servedBy, data } = await tenant.load(query);
    if (servedBy !== `${rollup}@1`) throw new Error(`${name} is served by ${servedBy}.`);
    // A limit that no call had before, so that no call is answered from the cache.
    const times = await timings(CALLS, () => tenant.load({ ...query, limit: limit + ++call }));
    rows.push([
      name,
      rollup,
      levelsOf(rollup),
      data.length,
      work.documents,
      work.bytes,
      work.indexRanges,
      percentile(times, 50),
    ]);
  }
  const header = ["question", "rollup", "levels", "rows", "documents", "bytes"];
  console.log(table([...header, "index ranges", "p50 ms"], rows));

  const kept = Object.entries(await backend.kept()).map(([rollup, { tiles, bytes }]): Cell[] => [
    rollup,
    tiles,
    bytes,
    Math.round(bytes / records),
  ]);
  console.log(`\n${table(["rollup", "tiles", "bytes", "bytes per record"], kept)}`);

  const { documents } = await backend.stats();
  const { rssBytes } = await backend.memory();
  console.log(
    `\n${documents.rollupTiles} tiles for ${2 * records} records of two cubes; ` +
      `the backend's resident memory is ${Math.round(rssBytes / 1e6)} MB`,
  );
} finally {
  await backend.stop();
}

/** "hour, day, month" of "watch.totals". */
function levelsOf(rollup: string): string {
  for (const { name, rollups } of Object.values(catalogue)) {
    for (const [short, { levels }] of Object.entries(rollups)) {
      if (`${name}.${short}` === rollup) return Object.keys(levels).join(", ");
    }
  }
  throw new Error(`There is no rollup ${rollup}.`);
}
