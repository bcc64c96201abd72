/** Opens an input file as text: gzip by its magic bytes, UTF-8, UTF-16 or Latin-1, with its size for progress. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Failure } from "../failure";

export const encodings = ["utf-8", "utf-16le", "latin1"] as const;
export type Encoding = (typeof encodings)[number];

export type OpenedFile = {
  /** Size on disk. */
  bytes: number;
  /** How much of it has been read so far. */
  bytesRead(): number;
  /** The whole text, in pieces, read only as fast as it is taken. */
  text: AsyncIterable<string>;
};

/** Read in small pieces, so that what has been read is near to what has been taken. */
const pieceBytes = 16 * 1024;

/** Refused as `UnreadableFile` when missing, unreadable, or (while reading) a damaged archive. */
export async function openFile(path: string, encoding: Encoding = "utf-8"): Promise<OpenedFile> {
  const head = await readHead(path);
  const bytes = (await stat(path)).size;
  const file = createReadStream(path, { highWaterMark: pieceBytes });
  let source: Readable = file;
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const gunzip = createGunzip();
    file.on("error", (error) => gunzip.destroy(error));
    source = file.pipe(gunzip);
  }
  // A byte order mark decides for UTF-16; it is not text, so the decoder drops it.
  const label = head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : encoding;
  return { bytes, bytesRead: () => file.bytesRead, text: decode(path, source, label) };
}

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      return (await file.read(new Uint8Array(2), 0, 2, 0)).buffer;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function* decode(path: string, source: Readable, label: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(label);
  try {
    for await (const chunk of source) yield decoder.decode(chunk as Buffer, { stream: true });
  } catch (error) {
    throw unreadable(path, error);
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

function unreadable(path: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure("UnreadableFile", `${path} cannot be read: ${reason}`);
}

/** Looks at the start of a text without taking it away: returns it with an iterable of the whole. */
export async function peek(
  text: AsyncIterable<string>,
  enough: (start: string) => boolean,
): Promise<{ start: string; whole: AsyncIterable<string> }> {
  const iterator = text[Symbol.asyncIterator]();
  let start = "";
  for (let done = false; !done && !enough(start);) {
    const next = await iterator.next();
    done = next.done === true;
    if (next.done !== true) start += next.value;
  }
  async function* whole(): AsyncGenerator<string> {
    try {
      yield start;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { start, whole: whole() };
}
