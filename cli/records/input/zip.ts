/** Zip archives, read as a stream: which files they hold, and the bytes of one of them. */
import { createReadStream } from "node:fs";
import { Unzip, UnzipInflate, type UnzipFile } from "fflate";
import { unreadable } from "./unreadable.js";

export interface ZipEntry {
  name: string;
  /** The start of its content, where that was asked for. */
  head: Buffer;
}

const PIECE_BYTES = 64 * 1024;

/** Every file of the archive; the first `headBytes` of those that `wanted` names. One pass. */
export async function listEntries(
  path: string,
  wanted: (name: string) => boolean,
  headBytes: number,
): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  await walk(path, (file) => {
    if (file.name.endsWith("/")) return;
    const entry: ZipEntry = { name: file.name, head: Buffer.alloc(0) };
    entries.push(entry);
    if (!wanted(file.name)) return;
    file.ondata = (error, data) => {
      if (error !== null) throw error;
      if (entry.head.length < headBytes) entry.head = Buffer.concat([entry.head, data]);
    };
    file.start();
  });
  return entries;
}

/** The content of one file of the archive. `onRead` hears how far the archive has been read. */
export async function* readEntry(
  path: string,
  name: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  let state: "before" | "within" | "done" = "before";
  let read = 0;
  const unzip = unzipWith((file) => {
    if (file.name !== name || state !== "before") return;
    state = "within";
    file.ondata = (error, data, final) => {
      if (error !== null) throw error;
      ready.push(data);
      read += data.length;
      if (!final) return;
      state = "done";
      if (file.originalSize !== undefined && file.originalSize !== read) {
        throw new Error(`${name} has ${read} bytes of ${file.originalSize}`);
      }
    };
    file.start();
  });
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  try {
    for await (const chunk of file) {
      unzip.push(chunk as Buffer);
      onRead(file.bytesRead);
      yield* ready.splice(0);
      if ((state as string) === "done") return;
    }
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    file.destroy();
  }
  throw unreadable(path, new Error(`the archive ends within ${name}`));
}

async function walk(path: string, onFile: (file: UnzipFile) => void): Promise<void> {
  const unzip = unzipWith(onFile);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
      unzip.push(chunk as Buffer);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unzipWith(onFile: (file: UnzipFile) => void): Unzip {
  const unzip = new Unzip(onFile);
  unzip.register(UnzipInflate);
  return unzip;
}
