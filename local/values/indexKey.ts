/**
 * Order-preserving encoding of Convex values into byte strings (one character per byte), so that
 * plain `<` on strings is Convex's value order: undefined < null < int64 < float64 < boolean <
 * string (UTF-8) < bytes < array < object. Indexes, read ranges and conflicts all live on these keys.
 *
 * Every value starts with a tag between 01 and 0b and strings end with 00 (a zero inside is written
 * 00 ff), so a prefix followed by ff is the exclusive upper bound of everything that extends it.
 */
import { type Json, type JsonObject, scalarTag } from "./json.js";

const UNDEFINED = "\x01";
const NULL = "\x02";
const INT64 = "\x03";
const FLOAT64 = "\x04";
const FALSE = "\x05";
const TRUE = "\x06";
const STRING = "\x07";
const BYTES = "\x08";
const ARRAY = "\x09";
const OBJECT = "\x0a";
const END = "\x00";

/** Appended to a prefix, the exclusive end of all keys that extend it. */
export const AFTER_PREFIX = "\xff";

/** Appended to a whole key, the smallest key above it. */
export const AFTER_KEY = "\x00";

/** What an unresolved commit timestamp sorts as: the largest int64. */
const PENDING_COMMIT_TS = INT64 + "\xff".repeat(8);

const view = new DataView(new ArrayBuffer(8));
const eight = new Uint8Array(view.buffer);

function eightBytes(): string {
  return String.fromCharCode(
    eight[0]!,
    eight[1]!,
    eight[2]!,
    eight[3]!,
    eight[4]!,
    eight[5]!,
    eight[6]!,
    eight[7]!,
  );
}

/** Key of a float64; total order with -0 < 0 and NaN at the ends by sign, as Convex sorts. */
export function encodeFloat(value: number): string {
  view.setFloat64(0, value);
  if (eight[0]! & 0x80) {
    for (let i = 0; i < 8; i++) eight[i] = ~eight[i]!;
  } else {
    eight[0]! ^= 0x80;
  }
  return FLOAT64 + eightBytes();
}

function encodeInteger(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  for (let i = 0; i < 8; i++) eight[7 - i] = bytes[i]!;
  eight[0]! ^= 0x80;
  return INT64 + eightBytes();
}

function escaped(latin1: string): string {
  return latin1.includes("\x00") ? latin1.replaceAll("\x00", "\x00\xff") : latin1;
}

/** Key of a string. */
export function encodeString(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0 || code > 127) {
      return STRING + escaped(Buffer.from(text, "utf8").toString("latin1")) + END;
    }
  }
  return STRING + text + END;
}

/** Key of any value in wire form; `undefined` is a missing field. */
export function encodeKey(value: Json | undefined): string {
  if (value === undefined) return UNDEFINED;
  if (value === null) return NULL;
  switch (typeof value) {
    case "number":
      return encodeFloat(value);
    case "string":
      return encodeString(value);
    case "boolean":
      return value ? TRUE : FALSE;
  }
  if (Array.isArray(value)) {
    let key = ARRAY;
    for (const element of value) key += encodeKey(element);
    return key + END;
  }
  const object = value as JsonObject;
  switch (scalarTag(object)) {
    case "$integer":
      return encodeInteger(object.$integer as string);
    case "$float":
      return encodeFloat(Buffer.from(object.$float as string, "base64").readDoubleLE());
    case "$bytes":
      return (
        BYTES + escaped(Buffer.from(object.$bytes as string, "base64").toString("latin1")) + END
      );
    case "$commitTs":
      return PENDING_COMMIT_TS;
    case "$undefined":
      return UNDEFINED;
  }
  let key = OBJECT;
  for (const name of Object.keys(object).sort())
    key += encodeString(name) + encodeKey(object[name]);
  return key + END;
}

/** The value at a dotted path, already split; undefined when any step is missing. */
export function fieldAt(document: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document;
  for (const step of path) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
    value = value[step];
    if (value === undefined) return undefined;
  }
  return value;
}
