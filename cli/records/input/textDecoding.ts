/** From bytes to text: UTF-8, UTF-16 of either byte order, Windows-1252; what is no text is refused by name. */
import { Failure } from "../../failure.js";

/** `latin1` is Windows-1252, as browsers read it; it is taken only when asked for. */
export const encodings = ["utf-8", "utf-16le", "utf-16be", "latin1"] as const;
export type Encoding = (typeof encodings)[number];

/** Bytes of the start that decide. */
const SNIFFED_BYTES = 4096;
const TAR_MAGIC_AT = 257;

/** Starts of files that hold no text, and what to do about them. */
const foreign: readonly [start: string, what: string][] = [
  ["d0cf11e0a1b11ae1", "an old Excel workbook: save it as CSV"],
  ["504152", "a Parquet file: convert it to CSV"],
  ["425a68", "a bzip2 archive: unpack it first"],
  ["28b52ffd", "a zstd archive: unpack it first"],
  ["fd377a585a00", "an xz archive: unpack it first"],
  ["377abcaf271c", "a 7z archive: unpack it first"],
  ["25504446", "a PDF: export the data as CSV"],
];

/**
 * Decodes a stream. A byte order mark decides over `encoding`; it is not part of the text. Bytes that
 * the encoding does not have become U+FFFD, which refuses the record that holds them.
 */
export async function* decodeText(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  encoding: Encoding,
): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (decoder !== undefined) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length >= SNIFFED_BYTES) {
      decoder = decoderOf(name, head, encoding);
      yield decoder.decode(head, { stream: true });
    }
  }
  if (decoder === undefined) {
    decoder = decoderOf(name, head, encoding);
    yield decoder.decode(head, { stream: true });
  }
  yield decoder.decode();
}

function decoderOf(name: string, head: Buffer, encoding: Encoding): TextDecoder {
  const mark = head.subarray(0, 2).toString("hex");
  if (mark === "fffe") return new TextDecoder("utf-16le");
  if (mark === "feff") return new TextDecoder("utf-16be");
  refuseForeign(name, head);
  if (encoding === "utf-8") {
    refuseNulls(name, head);
  }
  return new TextDecoder(encoding);
}

function refuseForeign(name: string, head: Buffer): void {
  const start = head.toString("hex", 0, 16);
  const found = foreign.find(([magic]) => start.startsWith(magic));
  if (found !== undefined) {
    throw new Failure("NotText", `${name} is ${found[1]}.`);
  }
  if (head.toString("latin1", TAR_MAGIC_AT, TAR_MAGIC_AT + 5) === "ustar") {
    throw new Failure("NotText", `${name} is a tar archive: unpack it first.`);
  }
}

/** UTF-8 text has no NUL; UTF-16 text without a mark has one beside every plain letter. */
function refuseNulls(name: string, head: Buffer): void {
  const nulls = [0, 0];
  for (const [at, byte] of head.entries()) {
    if (byte === 0) nulls[at % 2]! += 1;
  }
  const [even, odd] = nulls as [number, number];
  if (even + odd === 0) return;
  if (even === 0 || odd === 0) {
    const guess = odd > 0 ? "utf-16le" : "utf-16be";
    throw new Failure("NotText", `${name} is no UTF-8.`, `Try --encoding ${guess}.`);
  }
  throw new Failure("NotText", `${name} holds binary data, not text.`);
}
