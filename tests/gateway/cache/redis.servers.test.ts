/** The cache over Debian's Redis: shared, killed, stopped, and with bytes that are not what was put there. */
import { createClient } from "redis";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { layered, type Layered } from "../../../gateway/cache/layered.js";
import { memoryLayer } from "../../../gateway/cache/memory.js";
import { redisLayer, type RedisLayer } from "../../../gateway/cache/redis.js";
import { promtool } from "../../metrics/prometheus.js";
import { RedisServer } from "../redisServer.js";
import { bytesOf, Desk, sample, textOf } from "./support.js";

let server: RedisServer;
let raw: ReturnType<typeof connection>;
const opened: RedisLayer[] = [];

function connection() {
  return createClient({ url: server.url }).on("error", () => {});
}

beforeAll(async () => {
  server = await RedisServer.start();
  raw = connection();
  await raw.connect();
});

afterAll(async () => {
  for (const layer of opened) layer.close();
  raw?.destroy();
  await server?.stop();
});

beforeEach(async () => {
  await raw.flushAll();
});

/** A gateway's cache: a memory of its own, one Redis of all. */
async function gateway(desk = new Desk()): Promise<Layered> {
  const redis = await redisLayer({ url: server.url, timeoutMs: 500 });
  opened.push(redis);
  const cache = layered([memoryLayer(), redis], {
    log: desk.log,
    retryMsMin: 100,
    retryMsMax: 400,
  });
  await vi.waitFor(async () => {
    await redis.get("is it there");
  });
  return cache;
}

const compute = (text: string) => () => Promise.resolve(bytesOf(text));
const KEY = "rollups:cache:";

test("what one gateway computed another one finds, byte for byte, and it ends by itself", async () => {
  const [one, two] = [await gateway(), await gateway()];
  const value = Uint8Array.from({ length: 70_000 }, (_, i) => i & 255);
  await one.get("a", () => Promise.resolve(value));
  await vi.waitFor(async () => expect(await raw.exists(`${KEY}a`)).toBe(1));
  expect(await two.get("a")).toEqual(Buffer.from(value));
  expect(sample(two.metrics(), 'hits_total{layer="redis"}')).toBe(1);
  expect(await raw.pTTL(`${KEY}a`)).toBeGreaterThan(3_500_000);
  await two.get("a");
  expect(sample(two.metrics(), 'hits_total{layer="memory"}')).toBe(1);
});

test("every corruption of a value is computed instead, counted, and gone from Redis", async () => {
  const desk = new Desk();
  const cache = await gateway(desk);
  await (await gateway()).set("a", bytesOf("right"));
  const entry = Buffer.from((await raw.withTypeMapping({ 36: Buffer }).get(`${KEY}a`))!);
  const flipped = Buffer.from(entry);
  flipped[flipped.length - 1]! ^= 1;
  const corruptions = [
    flipped,
    entry.subarray(0, -1),
    Buffer.from("wrong"),
    Buffer.alloc(0),
    entry,
  ];
  for (const [at, bytes] of corruptions.entries()) {
    // The last one is whole, but lies under the name of another question.
    const name = `question ${at}`;
    await raw.set(KEY + name, bytes);
    expect(textOf(await cache.get(name, compute(`right ${at}`)))).toBe(`right ${at}`);
    expect(sample(cache.metrics(), 'errors_total{layer="redis",kind="corrupt"}')).toBe(at + 1);
    await vi.waitFor(async () =>
      expect(textOf(await (await gateway()).get(name))).toBe(`right ${at}`),
    );
  }
  expect(desk.lines).toMatchObject([{ event: "cache layer holds corrupt bytes" }]);
});

test("what another program keeps under the name of an entry goes, and is no outage", async () => {
  const cache = await gateway();
  await raw.lPush(`${KEY}a`, "a list");
  expect(textOf(await cache.get("a", compute("right")))).toBe("right");
  expect(sample(cache.metrics(), 'errors_total{layer="redis",kind="corrupt"}')).toBe(1);
  expect(sample(cache.metrics(), 'up{layer="redis"}')).toBe(1);
});

test("kill -9 during use: no answer is wrong or missing, one line is said, and hits return with it", async () => {
  const desk = new Desk();
  const cache = await gateway(desk);
  let isOver = false;
  let asked = 0;
  let computed = 0;
  const reader = async (lane: number) => {
    for (let i = 0; !isOver; i++) {
      const name = `${lane % 4} ${i}`;
      const told = await cache.get(
        name,
        async () => ((computed += 1), bytesOf(`value of ${name}`)),
      );
      expect(textOf(told)).toBe(`value of ${name}`);
      asked += 1;
      if (i % 20 === 0) await new Promise(setImmediate);
    }
  };
  const readers = Array.from({ length: 20 }, (_, lane) => reader(lane));
  const moved = async (by: number) => {
    const before = asked;
    await vi.waitFor(() => expect(asked).toBeGreaterThan(before + by), 20_000);
  };
  await moved(2000);
  await server.kill();
  await vi.waitFor(() => expect(sample(cache.metrics(), 'up{layer="redis"}')).toBe(0), 5000);
  await moved(2000);
  expect(desk.lines.map(({ event }) => event)).toEqual(["cache layer is left alone"]);
  expect(desk.lines[0]!.fields).toMatchObject({ layer: "redis", kind: "away" });
  await server.startAgain();
  await vi.waitFor(() => expect(sample(cache.metrics(), 'up{layer="redis"}')).toBe(1), 20_000);
  isOver = true;
  await Promise.all(readers);
  expect(desk.lines.map(({ event }) => event)).toEqual([
    "cache layer is left alone",
    "cache layer is back",
  ]);
  expect(computed).toBeLessThan(asked);
  // And what is put there now is found by others.
  await cache.set("after", bytesOf("the outage"));
  expect(textOf(await (await gateway()).get("after"))).toBe("the outage");
});

test("a Redis that hangs: answers wait for its time and no longer, then not at all", async () => {
  const desk = new Desk();
  const cache = await gateway(desk);
  server.signal("SIGSTOP");
  try {
    const startedAt = performance.now();
    for (let i = 0; i < 20; i++) {
      expect(textOf(await cache.get(`${i}`, compute("right")))).toBe("right");
    }
    // Three that are late, and the tries in between: not twenty.
    expect(performance.now() - startedAt).toBeLessThan(6000);
    expect(desk.lines).toMatchObject([{ fields: { kind: "slow" } }]);
  } finally {
    server.signal("SIGCONT");
  }
  await vi.waitFor(async () => {
    await cache.get(`${performance.now()}`);
    expect(sample(cache.metrics(), 'up{layer="redis"}')).toBe(1);
  }, 10_000);
});

test("a gateway that starts before its Redis finds it later", async () => {
  await server.kill();
  const redis = await redisLayer({ url: server.url });
  opened.push(redis);
  const cache = layered([redis], { retryMsMin: 50, retryMsMax: 100 });
  expect(textOf(await cache.get("a", compute("right")))).toBe("right");
  await server.startAgain();
  await vi.waitFor(async () => {
    await cache.set("a", bytesOf("right"));
    expect(textOf(await cache.get("a"))).toBe("right");
  }, 10_000);
});

test("invalidate forgets a prefix as it is written, for all gateways, and nothing else of the database", async () => {
  const cache = await gateway();
  const names = Array.from({ length: 3000 }, (_, i) => `x*.${i}`);
  await Promise.all(names.map((name) => cache.set(name, bytesOf(name))));
  await cache.set("xy.1", bytesOf("stays"));
  await raw.set("x*.1", "another program's");
  await cache.invalidate("x*.");
  expect(await raw.dbSize()).toBe(2);
  expect(textOf(await (await gateway()).get("xy.1"))).toBe("stays");
  expect(await (await gateway()).get("x*.17")).toBeNull();
});

test("a value that is too large for Redis is not sent there", async () => {
  const cache = await gateway();
  await cache.set("large", new Uint8Array(2 * 1024 * 1024));
  expect(await raw.dbSize()).toBe(0);
  expect((await cache.get("large"))!.length).toBe(2 * 1024 * 1024);
});

test("promtool finds nothing wrong with the metrics", async () => {
  const cache = await gateway();
  await cache.get("a", compute("right"));
  await cache.get("a");
  const text = cache.metrics();
  expect(text).toContain('rollups_cache_evictions_total{layer="memory"} 0');
  expect(await promtool(["check", "metrics"], text)).toBe("");
});
