/**
 * A stored version of a document: its wire-form text, kept as one string, and its key in every index
 * of its table. Versions are immutable; a write makes a new one.
 */
import { COMMIT_TS_TEXT, type JsonObject, sizeOf } from "../values/json.js";
import { encodeFloat, encodeKey, encodeString, fieldAt } from "../values/indexKey.js";
import type { Table } from "./catalog.js";

export interface StoredDocument {
  readonly id: string;
  readonly creationTime: number;
  /** Wire-form JSON with `_id` and `_creationTime`, fields sorted. */
  readonly text: string;
  /** Bytes, as limits count them. */
  readonly size: number;
  /** Key per index slot of the table; appended to when an index is added. */
  readonly keys: string[];
}

/** The document with its system fields, fields in name order. */
export function withSystemFields(value: JsonObject, id: string, creationTime: number): JsonObject {
  const out: JsonObject = {};
  let placed = false;
  const place = () => {
    out._creationTime = creationTime;
    out._id = id;
    placed = true;
  };
  for (const name of Object.keys(value).sort()) {
    if (!placed && name > "_creationTime") place();
    if (name !== "_id" && name !== "_creationTime") out[name] = value[name]!;
  }
  if (!placed) place();
  return out;
}

/** The key of a document in an index with these fields: fields, then creation time, then id. */
export function indexKey(
  fields: readonly (readonly string[])[],
  document: JsonObject,
  tail: string,
): string {
  let key = "";
  for (const path of fields) key += encodeKey(fieldAt(document, path));
  return key + tail;
}

/** What every index key but by_id's ends with. */
export function keyTail(id: string, creationTime: number): string {
  return encodeFloat(creationTime) + encodeString(id);
}

/** A version ready to store. `value` must already carry its system fields in order. */
export function storedDocument(table: Table, value: JsonObject, size?: number): StoredDocument {
  const id = value._id as string;
  const creationTime = value._creationTime as number;
  const tail = keyTail(id, creationTime);
  return {
    id,
    creationTime,
    text: JSON.stringify(value),
    size: size ?? sizeOf(value),
    keys: table.slots.map((index) =>
      index === null
        ? ""
        : index.slot === 0
          ? encodeString(id)
          : indexKey(index.fields, value, tail),
    ),
  };
}

/** Whether the version still holds an unresolved commit timestamp. */
export function isUnresolved(document: StoredDocument): boolean {
  return document.text.includes(COMMIT_TS_TEXT);
}
