import { beforeEach, expect, test } from "vitest";
import { CacheFault } from "../../../gateway/cache/fault.js";
import { layered, type Layered } from "../../../gateway/cache/layered.js";
import { memoryLayer } from "../../../gateway/cache/memory.js";
import { Breakable, bytesOf, Desk, sample, textOf } from "./support.js";

/** What is shared: of the same form as the first layer, behind a fault that a test makes. */
let lower: Breakable;
let desk: Desk;
let cache: Layered;

beforeEach(() => {
  lower = new Breakable({ ...renamed(memoryLayer(), "redis") });
  desk = new Desk();
  cache = gateway();
});

function renamed(layer: ReturnType<typeof memoryLayer>, name: string) {
  return {
    name,
    get: layer.get.bind(layer),
    set: layer.set.bind(layer),
    invalidate: layer.invalidate.bind(layer),
  };
}

/** One with a memory of its own, in front of what is shared. */
function gateway(): Layered {
  return layered([memoryLayer(), lower], { log: desk.log, now: desk.now, timeoutMs: 50 });
}

const fails = () => Promise.reject(new CacheFault("away", "no connection"));
const never = () => new Promise<never>(() => {});
const works = () => Promise.resolve();

/** An answer that counts how often it is computed. */
function question(text: string) {
  const told = {
    computed: 0,
    compute: () => ((told.computed += 1), Promise.resolve(bytesOf(text))),
  };
  return told;
}

test("what is computed once is a hit in memory, and a miss in no layer after it", async () => {
  const { compute } = question("7");
  expect(textOf(await cache.get("a", compute))).toBe("7");
  expect(textOf(await cache.get("a", compute))).toBe("7");
  expect(textOf(await cache.get("a"))).toBe("7");
  const text = cache.metrics();
  expect(sample(text, 'hits_total{layer="memory"}')).toBe(2);
  expect(sample(text, 'misses_total{layer="memory"}')).toBe(1);
  expect(sample(text, 'misses_total{layer="redis"}')).toBe(1);
  expect(sample(text, "computed_total")).toBe(1);
});

test("a hit below fills the layer above", async () => {
  await cache.get("a", question("7").compute);
  const second = gateway();
  expect(textOf(await second.get("a"))).toBe("7");
  expect(sample(second.metrics(), 'hits_total{layer="redis"}')).toBe(1);
  const asked = lower.calls.get;
  expect(textOf(await second.get("a"))).toBe("7");
  expect(lower.calls.get).toBe(asked);
});

test("what no layer has is null without a way to compute it", async () => {
  expect(await cache.get("a")).toBeNull();
  expect(sample(cache.metrics(), "computed_total")).toBe(0);
});

test("two hundred who miss one key at once compute once and look once; another key is another computation", async () => {
  const one = question("1");
  const two = question("2");
  const all = await Promise.all([
    ...Array.from({ length: 200 }, () => cache.get("a", one.compute)),
    cache.get("b", two.compute),
  ]);
  expect(new Set(all.slice(0, 200).map(textOf))).toEqual(new Set(["1"]));
  expect([one.computed, two.computed, lower.calls.get]).toEqual([1, 1, 2]);
  expect(sample(cache.metrics(), "joined_total")).toBe(199);
  expect(sample(cache.metrics(), "under_way")).toBe(0);
});

test("one who only looks does not compute, and does not keep others from it", async () => {
  const { compute } = question("7");
  const [looked, told] = await Promise.all([cache.get("a"), cache.get("a", compute)]);
  expect([looked, textOf(told)]).toEqual([null, "7"]);
});

test("an error goes to all who wait, and is not kept", async () => {
  const refuse = () => Promise.reject(new Error("Building"));
  const told = await Promise.allSettled([cache.get("a", refuse), cache.get("a", refuse)]);
  expect(told.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(sample(cache.metrics(), "computations_failed_total")).toBe(1);
  expect(textOf(await cache.get("a", question("7").compute))).toBe("7");
});

test("a layer that is away: answers go on, one line says so, and it is asked again later and later", async () => {
  lower.before = fails;
  for (let i = 0; i < 20; i++) {
    expect(textOf(await cache.get(`a${i}`, question(`${i}`).compute))).toBe(`${i}`);
  }
  // A get, and the set that was under way before the fault was seen.
  expect(lower.calls.get).toBe(1);
  expect(desk.lines).toMatchObject([
    { level: "warn", event: "cache layer is left alone", fields: { layer: "redis", kind: "away" } },
  ]);
  expect(sample(cache.metrics(), 'up{layer="redis"}')).toBe(0);
  expect(sample(cache.metrics(), 'skipped_total{layer="redis"}')).toBeGreaterThan(18);
  const tries: number[] = [];
  for (let second = 0; second < 300; second++) {
    desk.time += 1000;
    const before = lower.calls.get;
    await cache.get(`b${second}`);
    if (lower.calls.get > before) tries.push(second);
  }
  // About 1, 2, 4, 8 and 16 s apart, then 30, half of it by chance.
  expect(tries.length).toBeGreaterThan(10);
  expect(tries.length).toBeLessThan(26);
  const last = tries.slice(-5);
  expect(Math.min(...last.slice(1).map((at, i) => at - last[i]!))).toBeGreaterThanOrEqual(15);
  expect(desk.lines).toHaveLength(1);
});

test("a layer that comes back is used again, and a line says how long it was away", async () => {
  await cache.set("a", bytesOf("7"));
  lower.before = fails;
  await cache.get("b");
  lower.before = works;
  desk.time += 5000;
  expect(textOf(await gateway().get("a"))).toBe("7");
  expect(await cache.get("c")).toBeNull();
  expect(sample(cache.metrics(), 'up{layer="redis"}')).toBe(1);
  expect(desk.lines.at(-1)).toMatchObject({
    event: "cache layer is back",
    fields: { layer: "redis", seconds: 5 },
  });
});

test("a layer that does not answer in time is gone without; after three it is left alone", async () => {
  lower.before = never;
  for (let i = 0; i < 5; i++) await cache.get(`a${i}`, question("7").compute);
  const text = cache.metrics();
  expect(sample(text, 'errors_total{layer="redis",kind="slow"}')).toBeGreaterThanOrEqual(3);
  expect(sample(text, 'up{layer="redis"}')).toBe(0);
  expect(desk.lines).toMatchObject([{ fields: { kind: "slow" } }]);
});

test("corrupt bytes are no outage, and are told now and then", async () => {
  lower.before = () => Promise.reject(new CacheFault("corrupt", "not what was put there"));
  for (let i = 0; i < 10; i++) expect(await cache.get(`a${i}`)).toBeNull();
  expect(lower.calls.get).toBe(10);
  expect(sample(cache.metrics(), 'errors_total{layer="redis",kind="corrupt"}')).toBe(10);
  expect(sample(cache.metrics(), 'up{layer="redis"}')).toBe(1);
  expect(desk.lines).toHaveLength(1);
  desk.time += 31_000;
  await cache.get("b");
  expect(desk.lines).toHaveLength(2);
});

test("a layer that is away forgets what it was told to before it is asked again", async () => {
  await cache.set("x.1", bytesOf("old"));
  await cache.set("y.1", bytesOf("7"));
  lower.before = fails;
  await cache.invalidate("x.");
  lower.before = works;
  expect(await cache.get("x.1")).toBeNull();
  expect(textOf(await gateway().get("x.1"))).toBe("old");
  desk.time += 5000;
  expect(await cache.get("x.1")).toBeNull();
  expect([await gateway().get("x.1"), textOf(await gateway().get("y.1"))]).toEqual([null, "7"]);
});

test("what was being computed when it was invalidated is told, but not kept, and not joined", async () => {
  let done = (_: Uint8Array) => {};
  const first = cache.get("x.1", () => new Promise((resolve) => (done = resolve)));
  await new Promise(setImmediate);
  await cache.invalidate("x.");
  const second = question("new");
  expect(textOf(await cache.get("x.1", second.compute))).toBe("new");
  done(bytesOf("old"));
  expect(textOf(await first)).toBe("old");
  expect([textOf(await cache.get("x.1")), second.computed]).toEqual(["new", 1]);
  expect(textOf(await gateway().get("x.1"))).toBe("new");
});

test("what was put meanwhile stays, in place of what was being computed", async () => {
  let done = (_: Uint8Array) => {};
  const first = cache.get("a", () => new Promise((resolve) => (done = resolve)));
  await new Promise(setImmediate);
  await cache.set("a", bytesOf("new"));
  done(bytesOf("old"));
  await first;
  expect(textOf(await cache.get("a"))).toBe("new");
});

test("calls beyond what a layer takes at once are not made", async () => {
  lower.before = never;
  await Promise.all(Array.from({ length: 3000 }, (_, i) => cache.get(`a${i}`)));
  expect(lower.calls.get).toBeLessThanOrEqual(1000);
});

test("no layer at all is a cache that computes", async () => {
  const none = layered([]);
  const { compute } = question("7");
  expect(textOf(await none.get("a", compute))).toBe("7");
  expect(sample(none.metrics(), "computed_total")).toBe(1);
});
