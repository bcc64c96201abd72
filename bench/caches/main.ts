/**
 * `npm run bench -- caches`: what a hit in memory and in Redis takes beside the same question asked of a local backend, as
 * ratios of one run; and what memory a million distinct questions take. Needs Debian's redis-server.
 * `-- --questions N` (default 1,000,000), `--records N` (default 5,000), `--runs N` (default 200).
 */
import { parseArgs } from "node:util";
import { keyOf } from "../../gateway/cache/key.js";
import { layered } from "../../gateway/cache/layered.js";
import { memoryLayer } from "../../gateway/cache/memory.js";
import { redisLayer } from "../../gateway/cache/redis.js";
import { RedisServer } from "../../tests/gateway/redisServer.js";
import { loadTenant, startUnpaced } from "../support/loaded.js";
import { percentile, timings } from "../support/statistics.js";
import { table } from "../support/table.js";
import { memoryOf } from "./memory.js";

const { values } = parseArgs({
  options: {
    questions: { type: "string", default: "1000000" },
    records: { type: "string", default: "5000" },
    runs: { type: "string", default: "200" },
  },
});
const runs = Number(values.runs);
const query = {
  measures: ["watch.count", "watch.durationSeconds"],
  dimensions: ["watch.category"],
  timeDimensions: [{ dimension: "watch.watchedAt", granularity: "month" }],
};

const backend = await startUnpaced();
const server = await RedisServer.start();
const redis = await redisLayer({ url: server.url });
try {
  const { tenant } = await loadTenant(backend, "acme", { watch: Number(values.records) });
  const answer = await tenant.load(query);
  const body = Buffer.from(JSON.stringify(answer));
  const { watermark } = answer;
  const named = { deployment: backend.url, scope: "acme", question: query, watermark };
  const key = keyOf(named);
  const memory = layered([memoryLayer()]);
  const shared = layered([redis]);
  const mustHit = async (told: Promise<Uint8Array | null>) => {
    if ((await told)?.length !== body.length) throw new Error("It was no hit.");
  };
  for (let tries = 0; (await shared.get(key)) === null; tries++) {
    if (tries > 100) throw new Error("Redis keeps nothing.");
    await shared.set(key, body);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await memory.set(key, body);
  // In turn, so that what else the machine does is shared by all.
  const times = { memory: [] as number[], redis: [] as number[], direct: [] as number[] };
  for (let round = 0; round < runs / 10; round++) {
    times.memory.push(...(await timings(10, () => mustHit(memory.get(key)))));
    times.redis.push(...(await timings(10, () => mustHit(shared.get(key)))));
    // Another limit is another question: the deployment's own cache does not answer it.
    const asked = (run: number) => tenant.load({ ...query, limit: 1000 + round * 20 + run });
    times.direct.push(...(await timings(10, asked)));
  }
  const rows = Object.entries(times).map(([name, all]) => {
    const [p50, p95] = [percentile(all, 50), percentile(all, 95)];
    return [name, p50, p95, percentile(times.direct, 50) / p50];
  });
  process.stdout.write(`An answer of ${body.length} bytes, ${runs} times each\n\n`);
  process.stdout.write(`${table(["asked of", "p50 ms", "p95 ms", "times as quick"], rows)}\n\n`);
} finally {
  redis.close();
  await server.stop();
  await backend.stop();
}

process.stdout.write(`${await memoryOf(Number(values.questions))}\n`);
