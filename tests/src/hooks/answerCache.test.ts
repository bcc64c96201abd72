import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Result } from "../../../src/react/answer.js";
import { storageAnswerCache, type Bootstrap } from "../../../src/react/answerCache.js";

class MemoryStorage {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
}

let storage: MemoryStorage;
const open = (user: string) => storageAnswerCache(storage as unknown as Storage, user);
const result = (rows: number): Result => ({
  query: { measures: ["a.x"] },
  rows: Array.from({ length: rows }, (_, i) => ({ "a.x": i })),
  annotation: { measures: {}, dimensions: {}, timeDimensions: {} },
  total: null,
  servedBy: "a.totals@1",
  exact: true,
  freshness: "live",
  source: "rollup",
  asOf: null,
});

beforeEach(() => {
  storage = new MemoryStorage();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe("the cache of last answers", () => {
  test("gives an answer to the next visit, marked as cached", () => {
    open("ann").write("acme", "q", result(2));
    vi.runAllTimers();
    expect(open("ann").read("acme", "q")).toEqual({ ...result(2), source: "cache" });
  });

  test("is stored soon after the first answers, and then once in a while", () => {
    let stored = 0;
    const { setItem } = storage;
    storage.setItem = (key, value) => {
      stored++;
      setItem(key, value);
    };
    const cache = open("ann");
    for (let second = 0; second < 80; second++) {
      cache.write("acme", "q", result(second));
      vi.advanceTimersByTime(1000);
      if (second === 0) expect(stored).toBe(1);
    }
    expect(stored).toBe(3);
    vi.runAllTimers();
    expect(open("ann").read("acme", "q")?.rows).toHaveLength(79);
  });

  test("keeps users and tenants apart", () => {
    open("ann").write("acme", "q", result(2));
    vi.runAllTimers();
    expect(open("bob").read("acme", "q")).toBeNull();
    expect(open("ann").read("globex", "q")).toBeNull();
  });

  test("is bounded: large answers are not kept, old ones go first", () => {
    const cache = open("ann");
    cache.write("acme", "large", result(10_000));
    expect(cache.read("acme", "large")).toBeNull();
    for (let i = 0; i < 200; i++) cache.write("acme", `q${i}`, result(1));
    expect(cache.read("acme", "q0")).toBeNull();
    expect(cache.read("acme", "q199")).not.toBeNull();
  });

  test("forgets an answer whose newer one is too large, instead of showing the old one", () => {
    const cache = open("ann");
    cache.write("acme", "q", result(1));
    cache.write("acme", "q", result(10_000));
    expect(cache.read("acme", "q")).toBeNull();
  });

  test("survives a storage that is broken, full or forbidden", () => {
    storage.items.set("rollups:answers:2:ann", "{not json");
    storage.setItem = () => {
      throw new Error("quota");
    };
    const cache = open("ann");
    expect(cache.read("acme", "q")).toBeNull();
    cache.write("acme", "q", result(1));
    expect(() => vi.runAllTimers()).not.toThrow();
  });

  test("keeps what tiles are asked by, for each user, tenant and cube, and survives what is no such thing", () => {
    const catalog = { candidates: [], sizes: {}, timezone: "UTC" };
    const known = { key: "k", catalog } as unknown as Bootstrap;
    open("ann").writeHeld!("acme", "watch", known);
    expect(open("ann").readHeld!("acme", "watch")).toEqual(known);
    expect(open("ann").readHeld!("acme", "inventory")).toBeNull();
    expect(open("ann").readHeld!("globex", "watch")).toBeNull();
    expect(open("bob").readHeld!("acme", "watch")).toBeNull();
    for (const text of ["{not json", "[]", "7", '{"key":"k"}', '{"catalog":{}}']) {
      for (const slot of storage.items.keys()) storage.items.set(slot, text);
      expect(open("ann").readHeld!("acme", "watch")).toBeNull();
    }
  });
});
