/** What every reader yields, whatever the file's format: one record with named cells, or a bad one. */

/** A cell as it stands in the file; JSON sources have more than text. */
export type Cell =
  | string
  | number
  | boolean
  | null
  | readonly Cell[]
  | { readonly [k: string]: Cell };

export type Cells = { readonly [column: string]: Cell | undefined };

/** Where a record stands in its file, both counted from 1. A header is no record. */
export interface Position {
  row: number;
  line?: number;
}

export interface SourceRecord {
  kind: "record";
  position: Position;
  cells: Cells;
  /** The record's own text, for the rejects file. */
  raw: string;
}

/** A record that could not even be read. */
export interface BadRecord {
  kind: "bad";
  position: Position;
  code: string;
  message: string;
  raw: string;
}

export type Item = SourceRecord | BadRecord;

/** What wrote the file, where it names itself. */
export type Origin = "table" | "objects" | "takeout" | "ownExport";

/** An open file. `records` can be iterated once. */
export interface RecordSource {
  format: "csv" | "ndjson" | "json" | "html";
  origin: Origin;
  /** How the file is read, for people: "csv, separated by ;". */
  description: string;
  /** The columns that cells are named by: of the header, or of the first records. */
  columns: readonly string[];
  /** Names that several columns of the header share, with their numbers. None can be used. */
  repeated: ReadonlyMap<string, readonly number[]>;
  records: AsyncIterable<Item>;
}

/** What records have in a column, where they have something. */
export function cellsOf(items: readonly Item[], column: string): Cell[] {
  return items.flatMap((item) => {
    const cell = item.kind === "record" ? cellOf(item.cells, column) : undefined;
    return cell === undefined || cell === null ? [] : [cell];
  });
}

/** The cell of a column; undefined for what only objects in general have. */
export function cellOf(cells: Cells, column: string): Cell | undefined {
  return Object.hasOwn(cells, column) ? cells[column] : undefined;
}
