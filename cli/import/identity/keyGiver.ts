/** The key of each row: the file's own where one is declared, else one of what identifies the record. */
import type { PreparedFile } from "../prepareFile.js";
import { cellOf, type SourceRecord } from "../../records/record.js";
import type { BuiltRow } from "../rowBuilder.js";
import { refuseCell, type CellRefusal } from "../../records/values/refusal.js";
import { ownKeys, rowKeys } from "./rowKey.js";

export interface KeyGiver {
  /** The row's key; `repeated` for one that came before in this file, with the same content. */
  keyOf(row: BuiltRow, record: SourceRecord): string | "repeated" | CellRefusal;
  /** A record that is refused takes its number among equal ones all the same. */
  skip(identity: string): void;
}

/** `source` is the name that keeps equal rows of several files apart. */
export function keyGiver(
  { key: column, source: { origin } }: Pick<PreparedFile, "key" | "source">,
  source: string,
): KeyGiver {
  const derived = rowKeys(source);
  const own = ownKeys();
  return {
    skip: (identity) => void (column === undefined && derived(identity)),
    keyOf(row, record) {
      if (column === undefined) return derived(row.identity);
      const cell = cellOf(record.cells, column);
      const text = typeof cell === "string" || typeof cell === "number" ? String(cell).trim() : "";
      if (text === "" && origin === "ownExport") return derived(row.identity);
      if (text === "") return refuseCell("MissingKey", `${column}: the row has no key`);
      const key = row.leg === "" ? text : `${text}/${row.leg}`;
      switch (own(key, JSON.stringify(row.row))) {
        case "new":
          return key;
        case "same":
          return "repeated";
        case "different":
          return refuseCell("RepeatedKey", `${column}: "${text}" came before with other values`);
      }
    },
  };
}
