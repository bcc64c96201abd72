/** A second file that adds columns to each record, found by a shared column (titles by their id). */
import { Failure } from "../failure";
import { openFile, type Encoding } from "./openFile";
import { readRecords } from "./recordSource";
import type { Cell, Cells } from "./record";

export type Lookup = {
  /** The columns that it adds. */
  columns: readonly string[];
  /** The record's cells with those of its match; unchanged when there is none. */
  join(cells: Cells): Cells;
  /** How many records found no match. */
  unmatched(): number;
};

/** Reads the whole file: it is the small side. A key that stands in it twice is refused (`AmbiguousLookup`). */
export async function openLookup(path: string, key: string, encoding: Encoding): Promise<Lookup> {
  const source = await readRecords(path, (await openFile(path, encoding)).text);
  if (source.columns !== null && !source.columns.includes(key))
    throw new Failure(
      "UnknownColumn",
      `--lookup-key ${key}: ${path} has no such column.`,
      `Columns: ${source.columns.join(", ")}`,
    );
  const byKey = new Map<string, Cells>();
  const columns = new Set<string>(source.columns);
  for await (const record of source.records) {
    if (record.kind === "bad")
      throw new Failure(
        "BadLookup",
        `${path}, line ${record.position.line}: ${record.code}: ${record.message}`,
      );
    const value = textOf(record.cells[key]);
    if (value === undefined) continue;
    if (byKey.has(value))
      throw new Failure("AmbiguousLookup", `${path} has two records with ${key} ${value}.`);
    byKey.set(value, record.cells);
    if (source.columns === null) Object.keys(record.cells).forEach((name) => columns.add(name));
  }
  let unmatched = 0;
  return {
    columns: [...columns],
    join(cells) {
      const value = textOf(cells[key]);
      const match = value === undefined ? undefined : byKey.get(value);
      if (match === undefined) unmatched += 1;
      // The record's own columns win over those of the lookup.
      return match === undefined ? cells : { ...match, ...cells };
    },
    unmatched: () => unmatched,
  };
}

function textOf(cell: Cell | undefined): string | undefined {
  const text = typeof cell === "string" || typeof cell === "number" ? String(cell).trim() : "";
  return text === "" ? undefined : text;
}
