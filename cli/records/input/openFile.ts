/** Opens an input file as text: plain, gzip or one file of a zip archive, told by the first bytes. */
import { createReadStream, type ReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { chooseEntry, type ArchiveOptions } from "./archive.js";
import { decodeText, type Encoding } from "./textDecoding.js";
import { unreadable } from "./unreadable.js";
import { readEntry } from "./zip.js";

export interface OpenedFile {
  /** For messages: the file's name, with the entry of its archive. */
  name: string;
  /** Size on disk. */
  bytes: number;
  /** How much of it the latest reading has read so far. */
  bytesRead(): number;
  /** The whole text from its start, in pieces, read only as fast as it is taken. */
  text(): AsyncIterable<string>;
}

export interface OpenOptions extends ArchiveOptions {
  encoding: Encoding;
}

/** Read in small pieces, so that what has been read is near to what has been taken. */
const PIECE_BYTES = 64 * 1024;

/** Refused as `UnreadableFile` when missing, unreadable, or (while reading) a damaged archive. */
export async function openFile(path: string, options: OpenOptions): Promise<OpenedFile> {
  const magic = await readMagic(path);
  const bytes = (await stat(path)).size;
  let read = 0;
  const onRead = (count: number) => void (read = count);
  if (magic === "504b0304") {
    const entry = await chooseEntry(path, options);
    const name = `${basename(path)}: ${entry}`;
    const text = () => decodeText(name, readEntry(path, entry, onRead), options.encoding);
    return { name, bytes, bytesRead: () => read, text };
  }
  const zipped = magic.startsWith("1f8b");
  const name = basename(path);
  const text = () => decodeText(name, readBytes(path, zipped, onRead), options.encoding);
  return { name, bytes, bytesRead: () => read, text };
}

async function readMagic(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return buffer.toString("hex", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function* readBytes(
  path: string,
  zipped: boolean,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const file: ReadStream = createReadStream(path, { highWaterMark: PIECE_BYTES });
  try {
    for await (const chunk of zipped ? pipeline(file, createGunzip(), () => undefined) : file) {
      onRead(file.bytesRead);
      yield chunk as Buffer;
    }
    onRead(file.bytesRead);
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    file.destroy();
  }
}
