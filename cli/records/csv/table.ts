/** A CSV file as records whose cells are named by its header, or by their numbers. */
import { Failure } from "../../failure.js";
import { dropLines, peek } from "../input/textStart.js";
import type { Cell, Item, RecordSource } from "../record.js";
import { delimiterName, dialectOf, type CsvOptions } from "./dialect.js";
import { readCsv, type CsvRecord } from "./records.js";

/** Enough text to see how a file separates its cells. */
const START_CHARACTERS = 64 * 1024;

/** Excel writes ="00123" where noughts count. */
const keptText = /^="((?:[^"]|"")*)"$/;

export async function readTable(
  name: string,
  text: AsyncIterable<string>,
  options: CsvOptions,
  fieldsIn: (columns: readonly string[]) => number,
): Promise<RecordSource> {
  const { start, whole } = await peek(dropLines(text, options.skipLines), START_CHARACTERS);
  const dialect = dialectOf(start, options, fieldsIn);
  const sepLines = dialect.sepLine ? 1 : 0;
  const firstLine = options.skipLines + sepLines + 1;
  const csv = readCsv(dropLines(whole, sepLines), dialect, firstLine);
  let first = await csv.next();
  while (first.done !== true && first.value.kind === "cells" && isBlank(first.value.cells)) {
    first = await csv.next();
  }
  if (first.done === true) {
    throw new Failure("EmptyFile", `${name} holds nothing.`);
  }
  if (first.value.kind === "bad") {
    const { line, message, raw } = first.value;
    throw new Failure("BadHeader", `Line ${line} of ${name} is no CSV header: ${message}: ${raw}`);
  }
  const { cells } = first.value;
  const { columns, repeated } = options.header ? nameColumns(cells) : numberColumns(cells);
  const records = readCells(options.header ? [] : [first.value], csv, columns, repeated);
  const description = `csv, cells separated by ${delimiterName(dialect.delimiter)}`;
  return { format: "csv", origin: "table", description, columns, repeated, records };
}

/** Columns without a name go by their number. A repeated name can only be refused. */
function nameColumns(cells: readonly string[]) {
  const names = cells.map((cell) => keptCell(cell).trim());
  const columns = names.map((name, at) => {
    const number = String(at + 1);
    return name !== "" ? name : names.includes(number) ? `#${number}` : number;
  });
  const places = new Map<string, number[]>();
  for (const [at, name] of columns.entries()) {
    places.set(name, [...(places.get(name) ?? []), at + 1]);
  }
  const repeated = new Map([...places].filter(([, numbers]) => numbers.length > 1));
  return { columns, repeated };
}

function numberColumns(cells: readonly string[]) {
  return { columns: cells.map((_, at) => String(at + 1)), repeated: new Map<string, number[]>() };
}

async function* readCells(
  before: readonly CsvRecord[],
  csv: AsyncIterable<CsvRecord>,
  columns: readonly string[],
  repeated: ReadonlyMap<string, unknown>,
): AsyncGenerator<Item> {
  const used = columns
    .map((column, at) => ({ column, at }))
    .filter(({ column }) => !repeated.has(column));
  let row = 0;
  for await (const record of chain(before, csv)) {
    if (record.kind === "cells" && isBlank(record.cells)) continue;
    row += 1;
    const { raw } = record;
    const position = { row, line: record.line };
    if (record.kind === "bad") {
      yield { kind: "bad", position, code: record.code, message: record.message, raw };
      continue;
    }
    const cells = record.cells.map(keptCell);
    const extra = cells.slice(columns.length).some((cell) => cell.trim() !== "");
    // Spreadsheets leave out trailing empty cells, and some exports add one.
    if (extra || (record.suspect && cells.length !== columns.length)) {
      const message = `${cells.length} cells, but the header has ${columns.length}`;
      yield { kind: "bad", position, code: "ColumnCount", message, raw };
      continue;
    }
    const named: Record<string, Cell> = {};
    for (const { column, at } of used) {
      const value = cells[at] ?? "";
      // A column may have the name of what every object has.
      if (column in named) Object.defineProperty(named, column, { value, enumerable: true });
      else named[column] = value;
    }
    yield { kind: "record", position, cells: named, raw };
  }
}

async function* chain<T>(before: readonly T[], rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield* before;
  yield* rest;
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === "");
}

function keptCell(cell: string): string {
  const inner = cell.startsWith("=") ? keptText.exec(cell.trim())?.[1] : undefined;
  return inner === undefined ? cell : inner.replaceAll('""', '"');
}
