/** What every reader yields, whatever the file's format: one record with named cells, or a bad one. */

/** A cell as it stands in the file; JSON sources have more than text. */
export type Cell =
  string | number | boolean | null | readonly Cell[] | { readonly [k: string]: Cell };

export type Cells = { readonly [column: string]: Cell | undefined };

/** Where a record stands in its file, both counted from 1; a CSV header is line 1 and no record. */
export type Position = { row: number; line?: number };

export type SourceRecord = {
  kind: "record";
  position: Position;
  cells: Cells;
  /** What makes this record itself, for its idempotency key: independent of path, options and order. */
  content: string;
  /** The record as it stands in the file, for the rejects file. */
  raw: string;
};

/** A record that could not even be read. */
export type BadRecord = {
  kind: "bad";
  position: Position;
  code: string;
  message: string;
  raw: string;
};

/** An open file. `records` can be iterated once. */
export type RecordSource = {
  format: "csv" | "ndjson" | "json";
  /** The header's columns; null where every record names its own. */
  columns: readonly string[] | null;
  records: AsyncIterable<SourceRecord | BadRecord>;
};

/** One spelling per content: JSON with sorted keys. */
export function canonicalJson(value: Cell | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const object = value as { readonly [k: string]: Cell };
    const members = Object.keys(object)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}
