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
