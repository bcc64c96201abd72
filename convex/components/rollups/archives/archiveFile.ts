/**
 * The form of an archive: a line of JSON that says what it is, then a line per tile, in Convex's JSON
 * (which keeps 64-bit integers), compressed with gzip. Written and read as a stream, so that neither
 * ever holds a large partition as text.
 */
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { Gunzip, Gzip, strToU8 } from "fflate";
import type { StoredRollup } from "../../../../lib/model/rollup.js";
import { canonicalJson } from "../../../../lib/hash/canonical.js";
import type { TileColumns } from "../../../../lib/tiles/tile.js";

/** Changes when old files could not be read any more as they are. */
const VERSION = 1;

/** Compressed bytes unpacked at a time. */
const SLICE_BYTES = 64 * 1024;

/** What the tiles of a file are of. */
export interface ArchiveHeader {
  rollup: string;
  generation: number;
  granularity: string;
  partitionStart: number;
  definition: StoredRollup;
}

export class ArchiveWriter {
  private readonly parts: Uint8Array[] = [];
  private readonly gzip = new Gzip((part) => void this.parts.push(part));

  constructor(header: ArchiveHeader) {
    this.line({ version: VERSION, ...header } as unknown as Value);
  }

  add(tile: TileColumns): void {
    this.line(tile as unknown as Value);
  }

  /** The whole file. */
  finish(): Uint8Array<ArrayBuffer> {
    this.gzip.push(new Uint8Array(0), true);
    const file = new Uint8Array(this.parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of this.parts) {
      file.set(part, at);
      at += part.length;
    }
    return file;
  }

  private line(value: Value): void {
    this.gzip.push(strToU8(`${JSON.stringify(convexToJson(value))}\n`));
  }
}

/**
 * The tiles of a file, some at a time. Throws where it is not a file of this form, or not of `header`.
 */
export function* archivedTiles(
  file: Uint8Array,
  header: ArchiveHeader,
): Generator<{ tile: TileColumns; size: number }> {
  const archive = openArchive(file);
  if (canonicalJson(archive.header) !== canonicalJson(header)) {
    throw new Error("The archive is of another partition, or of another definition.");
  }
  yield* archive.tiles;
}

/** What a file is of, and its tiles, some at a time. Throws where it is not a file of this form. */
export function openArchive(file: Uint8Array): {
  header: ArchiveHeader;
  tiles: Generator<{ tile: TileColumns; size: number }>;
} {
  const lines = linesOf(file);
  const first = lines.next();
  if (first.done === true) throw new Error("The archive is empty.");
  const { version, ...header } = valueOf(first.value) as unknown as ArchiveHeader & {
    version: unknown;
  };
  if (version !== VERSION) throw new Error("The archive is of another form.");
  return { header, tiles: tilesOf(lines) };
}

function* tilesOf(lines: Generator<string>): Generator<{ tile: TileColumns; size: number }> {
  for (const line of lines)
    yield { tile: valueOf(line) as unknown as TileColumns, size: line.length };
}

function valueOf(line: string): Value {
  return jsonToConvex(JSON.parse(line) as Parameters<typeof jsonToConvex>[0]);
}

function* linesOf(file: Uint8Array): Generator<string> {
  const decoder = new TextDecoder();
  let text = "";
  const gunzip = new Gunzip((part) => void (text += decoder.decode(part, { stream: true })));
  for (let at = 0; at < file.length; at += SLICE_BYTES) {
    gunzip.push(file.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= file.length);
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
  if (text !== "") throw new Error("The archive ends within a line.");
}

/** SHA-256, hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
