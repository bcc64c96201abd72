/** From an opened file to records: finds out the format by its first character and reads it. */
import { Failure } from "../failure";
import { detectDelimiter, readCsv, splitLines } from "./csvRecords";
import { splitJsonArray } from "./jsonArray";
import { peek } from "./openFile";
import {
  canonicalJson,
  type BadRecord,
  type Cell,
  type Cells,
  type RecordSource,
  type SourceRecord,
} from "./record";
import { isTakeout, readTakeout } from "./takeout";

type Item = SourceRecord | BadRecord;

/** `[` starts a JSON array, `{` newline-delimited JSON; all else is CSV with a header line. */
export async function readRecords(
  name: string,
  text: AsyncIterable<string>,
): Promise<RecordSource> {
  const { start, whole } = await peek(text, (seen) => /\S[^\n]*\n/.test(seen));
  const mark = start.trimStart()[0];
  if (mark === undefined) throw new Failure("EmptyFile", `${name} holds nothing.`);
  if (mark === "[") return { format: "json", columns: null, records: readArray(whole) };
  if (mark === "{") return { format: "ndjson", columns: null, records: readLines(whole) };
  return await readTable(name, start, whole);
}

async function readTable(
  name: string,
  start: string,
  whole: AsyncIterable<string>,
): Promise<RecordSource> {
  const headerLine = start.split("\n").find((line) => line.trim() !== "") ?? "";
  const delimiter = detectDelimiter(headerLine);
  let columns: string[] | undefined = undefined;
  const csv = readCsv(whole, delimiter, () => columns?.length);
  const header = await csv.next();
  if (header.done === true || header.value.kind === "bad")
    throw new Failure("BadHeader", `The first line of ${name} is no CSV header: ${headerLine}`);
  columns = header.value.cells.map((cell) => cell.trim());
  const repeated = columns.find((column, index) => columns!.indexOf(column) !== index);
  if (repeated !== undefined)
    throw new Failure("BadHeader", `${name} has two columns named "${repeated}".`);
  return { format: "csv", columns, records: readCells(csv, columns) };
}

async function* readCells(
  csv: ReturnType<typeof readCsv>,
  columns: readonly string[],
): AsyncGenerator<Item> {
  // Sorted, so that a later export with its columns in another order has the same content.
  const byName = columns.map((column, at) => ({ column, at }));
  byName.sort((a, b) => (a.column < b.column ? -1 : 1));
  let row = 0;
  for await (const record of csv) {
    row += 1;
    const { raw } = record;
    const position = { row, line: record.line };
    if (record.kind === "bad") {
      yield { kind: "bad", position, code: record.code, message: record.message, raw };
      continue;
    }
    const { cells } = record;
    const extra = cells.slice(columns.length).some((cell) => cell !== "");
    if (cells.length < columns.length || extra) {
      const message = `${cells.length} cells, but the header has ${columns.length}.`;
      yield { kind: "bad", position, code: "ColumnCount", message, raw };
    } else if (raw.includes("\ufffd")) {
      const message = "Not valid text in this encoding; try --encoding latin1.";
      yield { kind: "bad", position, code: "BadEncoding", message, raw };
    } else {
      const content = JSON.stringify(byName.map(({ column, at }) => [column, cells[at]]));
      const named: Record<string, Cell> = {};
      columns.forEach((column, at) => (named[column] = cells[at]!));
      yield { kind: "record", position, cells: named, content, raw };
    }
  }
}

async function* readLines(whole: AsyncIterable<string>): AsyncGenerator<Item> {
  let row = 0;
  for await (const { number, text } of splitLines(whole)) {
    if (text.trim() === "") continue;
    row += 1;
    yield readJson(text, { row, line: number });
  }
}

async function* readArray(whole: AsyncIterable<string>): AsyncGenerator<Item> {
  for await (const { row, line, text } of splitJsonArray(whole))
    yield readJson(text, { row, line });
}

function readJson(raw: string, position: { row: number; line: number }): Item {
  let value: Cell;
  try {
    value = JSON.parse(raw) as Cell;
  } catch {
    const message = "Not valid JSON.";
    return { kind: "bad", position, code: "BadJson", message, raw };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { kind: "bad", position, code: "BadJson", message: "Not a JSON object.", raw };
  const object = value as Cells & { readonly [k: string]: Cell };
  if (!isTakeout(object))
    return { kind: "record", position, cells: object, content: canonicalJson(object), raw };
  const takeout = readTakeout(object);
  if (!takeout.ok)
    return { kind: "bad", position, code: takeout.code, message: takeout.message, raw };
  return { kind: "record", position, cells: takeout.cells, content: takeout.content, raw };
}
