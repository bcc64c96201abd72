import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CacheFault } from "../../../gateway/cache/fault.js";
import { fileLayer } from "../../../gateway/cache/files.js";
import { textOf, bytesOf } from "./support.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Of so many bytes, of which gzip leaves few. */
const answer = (bytes: number) => bytesOf("an answer ".repeat(bytes / 10));
/** Of so many bytes, of which gzip leaves all. */
const noise = (bytes: number) => randomBytes(bytes);

test("a large answer is kept, compressed, and outlives the process", async () => {
  const first = await fileLayer({ folder });
  const value = answer(200_000);
  await first.set("d.s.q.17", value);
  const { entries, bytes } = first.size();
  expect(entries).toBe(1);
  expect(bytes).toBeLessThan(20_000);
  const again = await fileLayer({ folder });
  expect(again.size()).toMatchObject({ entries: 1, bytes });
  expect(textOf(await again.get("d.s.q.17"))).toBe(textOf(value));
});

test("a small answer and one that is too large are not kept", async () => {
  const layer = await fileLayer({ folder, valueBytesMax: 100_000 });
  await layer.set("small", answer(1000));
  await layer.set("large", answer(100_010));
  expect(await readdir(folder)).toEqual([]);
  expect(await layer.get("small")).toBeNull();
});

test("files stay within their bound; the one that was not asked for the longest goes, by the clock of the disk after a start", async () => {
  const options = { folder, bytesMax: 250_000 };
  const layer = await fileLayer(options);
  await layer.set("a", noise(100_000));
  await layer.set("b", noise(100_000));
  await layer.get("a");
  await layer.set("c", noise(100_000));
  expect((await readdir(folder)).sort()).toEqual(["a.entry", "c.entry"]);
  expect(layer.size()).toMatchObject({ entries: 2, evictions: 1 });
  await utimes(join(folder, "c.entry"), 1000, 1000);
  const smaller = await fileLayer({ ...options, bytesMax: 150_000 });
  expect(await readdir(folder)).toEqual(["a.entry"]);
  expect(smaller.size()).toMatchObject({ entries: 1, evictions: 1 });
  expect((await smaller.get("a"))!.length).toBe(100_000);
});

test("a file that is not what was written is a fault, once, and gone", async () => {
  const layer = await fileLayer({ folder });
  await layer.set("a", answer(100_000));
  const path = join(folder, "a.entry");
  const bytes = await readFile(path);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(path, bytes);
  await expect(layer.get("a")).rejects.toThrow(CacheFault);
  expect(await readdir(folder)).toEqual([]);
  expect(await layer.get("a")).toBeNull();
  expect(layer.size()).toMatchObject({ entries: 0, bytes: 0 });
});

test("a file that was deleted by hand is a miss", async () => {
  const layer = await fileLayer({ folder });
  await layer.set("a", answer(100_000));
  await unlink(join(folder, "a.entry"));
  expect(await layer.get("a")).toBeNull();
  expect(layer.size()).toMatchObject({ entries: 0, bytes: 0 });
});

test("a prefix is forgotten, also by what is being written", async () => {
  const layer = await fileLayer({ folder });
  await layer.set("x.1", answer(100_000));
  await layer.set("y.1", answer(100_000));
  const writing = layer.set("x.2", answer(100_000));
  await layer.invalidate("x.");
  await writing;
  expect(await readdir(folder)).toEqual(["y.1.entry"]);
});

test("what is no entry is left where it is", async () => {
  await writeFile(join(folder, "notes.txt"), "mine");
  await writeFile(join(folder, "%E0%A4%A.entry"), "mine");
  const layer = await fileLayer({ folder });
  expect(layer.size()).toMatchObject({ entries: 0 });
  expect((await readdir(folder)).length).toBe(2);
});

test("a process that is killed while it writes leaves whole entries, and no half ones", async () => {
  const script = `
    import { randomBytes } from "node:crypto";
    import { fileLayer } from ${JSON.stringify(join(import.meta.dirname, "../../../gateway/cache/files.ts"))};
    const layer = await fileLayer({ folder: ${JSON.stringify(folder)} });
    const value = randomBytes(3_000_000);
    for (let i = 0; ; i++) {
      await Promise.all([0, 1, 2].map((lane) => layer.set("key." + i + "." + lane, value)));
      process.stdout.write(".");
    }`;
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", script],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  for (let rounds = 0; rounds < 2; rounds++) await once(child.stdout, "data");
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
  const layer = await fileLayer({ folder });
  const names = await readdir(folder);
  expect(names.length).toBeGreaterThanOrEqual(3);
  expect(names.filter((name) => !name.endsWith(".entry"))).toEqual([]);
  expect(layer.size().entries).toBe(names.length);
  for (const name of names) {
    expect((await layer.get(name.slice(0, -".entry".length)))!.length).toBe(3_000_000);
    expect((await stat(join(folder, name))).size).toBeGreaterThan(0);
  }
});
