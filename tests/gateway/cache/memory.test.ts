import { expect, test } from "vitest";
import { memoryLayer } from "../../../gateway/cache/memory.js";
import { bytesOf, textOf } from "./support.js";

test("the entry that was not asked for the longest goes first", async () => {
  const layer = memoryLayer({ bytesMax: 3000, valueBytesMax: 3000 });
  for (const key of ["a", "b", "c"]) await layer.set(key, bytesOf(key));
  expect(layer.size()).toMatchObject({ entries: 3, evictions: 0 });
  await layer.get("a");
  await layer.set("d", bytesOf("d"));
  const left = await Promise.all(["a", "b", "c", "d"].map((key) => layer.get(key)));
  expect(left.map(textOf)).toEqual(["a", null, "c", "d"]);
  expect(layer.size()).toMatchObject({ entries: 3, evictions: 1 });
});

test("a hundred thousand distinct questions stay within the bound", async () => {
  const bytesMax = 8 * 1024 * 1024;
  const layer = memoryLayer({ bytesMax });
  for (let i = 0; i < 100_000; i++) await layer.set(`question ${i}`, new Uint8Array(1000));
  const { entries, bytes, evictions } = layer.size();
  expect(bytes).toBeLessThanOrEqual(bytesMax);
  expect(entries).toBeGreaterThan(4000);
  expect(entries + evictions).toBe(100_000);
  expect(await layer.get("question 99999")).toHaveLength(1000);
});

test("a value that would push out the others is not kept, nor is what it replaces", async () => {
  const layer = memoryLayer({ bytesMax: 80_000 });
  await layer.set("small", new Uint8Array(100));
  await layer.set("large", new Uint8Array(100));
  await layer.set("large", new Uint8Array(20_000));
  expect(await layer.get("large")).toBeNull();
  expect(await layer.get("small")).not.toBeNull();
});

test("an entry that is put again counts once", async () => {
  const layer = memoryLayer();
  await layer.set("a", new Uint8Array(10));
  const once = layer.size().bytes;
  await layer.set("a", new Uint8Array(10));
  expect(layer.size()).toMatchObject({ entries: 1, bytes: once });
  await layer.invalidate("");
  expect(layer.size()).toMatchObject({ entries: 0, bytes: 0, evictions: 0 });
});

test("what is kept is a copy, without the buffer that it came in", async () => {
  const layer = memoryLayer();
  const socket = Buffer.alloc(64 * 1024, 1);
  await layer.set("a", socket.subarray(10, 20));
  socket.fill(2);
  const kept = await layer.get("a");
  expect([...kept!]).toEqual(Array<number>(10).fill(1));
  expect(kept!.buffer.byteLength).toBe(10);
});

test("entries that begin otherwise stay when a prefix is forgotten", async () => {
  const layer = memoryLayer();
  for (const key of ["x.1", "x.2", "y.1"]) await layer.set(key, bytesOf(key));
  await layer.invalidate("x.");
  const left = await Promise.all(["x.1", "x.2", "y.1"].map((key) => layer.get(key)));
  expect(left.map(textOf)).toEqual([null, null, "y.1"]);
});
