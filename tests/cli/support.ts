/** Helpers that the command-line suites share. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Text in pieces of `size` characters, as a stream would bring it. */
export async function* inPieces(text: string, size = 7): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A directory of its own for a test; removed by calling `remove`. */
export async function scratchDirectory(): Promise<{
  path(name: string): string;
  write(name: string, content: string | Uint8Array): Promise<string>;
  remove(): Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), "rollups-"));
  const path = (name: string) => join(directory, name);
  return {
    path,
    async write(name, content) {
      await writeFile(path(name), content);
      return path(name);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/**
 * How many times longer a body takes for ten times the size: 10 where it is linear, 100 where it is
 * quadratic. By processor time, the least of three, because other work disturbs it less.
 */
export async function growth(body: (size: number) => Promise<unknown>, size: number) {
  const least = async (of: number) => {
    const times: number[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const before = process.cpuUsage();
      await body(of);
      times.push(process.cpuUsage(before).user);
    }
    return Math.min(...times);
  };
  const small = await least(size);
  return (await least(size * 10)) / small;
}

/** Growth that no quadratic reader stays under, and no busy machine lifts a linear one over. */
export const GROWTH_MAX = 30;
