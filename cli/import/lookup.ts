/** A second file that adds columns to each record, found by a shared column (titles by their id). */
import { Failure } from "../failure.js";
import { openFile } from "../records/input/openFile.js";
import type { Encoding } from "../records/input/textDecoding.js";
import { cellOf, type Cell, type Cells } from "../records/record.js";
import { readRecords } from "./recordSource.js";

export interface Lookup {
  /** The column that both files share. */
  key: string;
  /** The columns that it adds. */
  columns: readonly string[];
  /** The record that shares the key. */
  match(cells: Cells): Cells | undefined;
}

/** Reads the whole file: it is the small side. A key that stands in it twice is refused (`AmbiguousLookup`). */
export async function openLookup(
  path: string,
  key: string,
  encoding: Encoding = "utf-8",
): Promise<Lookup> {
  const opened = await openFile(path, { encoding, entry: undefined, table: "" });
  const source = await readRecords(opened, {
    ...{ quote: '"', skipLines: 0, header: true, rows: undefined },
    ...{ watched: undefined, histories: false, mapped: true, tenantId: "" },
    fieldsIn: (columns) => (columns.includes(key) ? 1 : 0),
    isRow: (columns) => columns.includes(key),
  });
  if (!source.columns.includes(key)) {
    throw new Failure(
      "UnknownColumn",
      `--lookup-key ${key}: ${path} has no such column.`,
      `Columns: ${source.columns.join(", ")}`,
    );
  }
  const byKey = new Map<string, Cells>();
  const columns = new Set<string>(source.columns);
  for await (const record of source.records) {
    if (record.kind === "bad") {
      const { position, code, message } = record;
      throw new Failure("BadLookup", `${path}, line ${position.line}: ${code}: ${message}`);
    }
    const value = textOf(cellOf(record.cells, key));
    if (value === undefined) continue;
    if (byKey.has(value)) {
      throw new Failure("AmbiguousLookup", `${path} has two records with ${key} ${value}.`);
    }
    byKey.set(value, record.cells);
    Object.keys(record.cells).forEach((name) => columns.add(name));
  }
  return {
    key,
    columns: [...columns],
    match(cells) {
      const value = textOf(cellOf(cells, key));
      return value === undefined ? undefined : byKey.get(value);
    },
  };
}

function textOf(cell: Cell | undefined): string | undefined {
  const text = typeof cell === "string" || typeof cell === "number" ? String(cell).trim() : "";
  return text === "" ? undefined : text;
}
