/**
 * Convex values in their wire form: plain JSON with `$integer`, `$float`, `$bytes` and `$commitTs`
 * objects. The backend keeps documents in this form from the syscall to the journal, so that a read
 * hands the stored string over without parsing it.
 */

/** A JSON value; the wire form of a Convex value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The wire form of an unresolved commit timestamp, as it appears inside a stored document. */
export const COMMIT_TS_TEXT = '{"$commitTs":null}';

/** A value that Convex would refuse to store. The message is shown to the developer. */
export class ValueError extends Error {}

/** `"$integer"`, `"$float"`, `"$bytes"` or `"$commitTs"` when the object encodes a scalar, else null. */
export function scalarTag(value: JsonObject): string | null {
  for (const key in value) return key.charCodeAt(0) === 36 ? key : null;
  return null;
}

/** Length in UTF-8 bytes. */
export function utf8Length(text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return Buffer.byteLength(text, "utf8");
  }
  return text.length;
}

function base64Length(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** Size in bytes as Convex counts it for limits (see `getConvexSize` of the npm package). */
export function sizeOf(value: Json): number {
  if (value === null || typeof value === "boolean") return 1;
  if (typeof value === "number") return 9;
  if (typeof value === "string") return 2 + utf8Length(value);
  if (Array.isArray(value)) {
    let size = 2;
    for (const element of value) size += sizeOf(element);
    return size;
  }
  const tag = scalarTag(value);
  if (tag === "$bytes") return 2 + base64Length(value[tag] as string);
  if (tag !== null) return 9;
  let size = 2;
  for (const key in value) size += key.length + 1 + sizeOf(value[key]!);
  return size;
}

export interface ShapeLimits {
  depthMax: number;
  arrayMax: number;
  fieldsMax: number;
}

/** What a stored document may look like (Convex limits page). */
export const DOCUMENT_SHAPE: ShapeLimits = { depthMax: 16, arrayMax: 8192, fieldsMax: 1024 };

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/**
 * Whether JSON text has half a surrogate pair in it, which the platform's parser refuses: JSON.stringify
 * writes nothing but such halves as an escape that starts with `d`.
 */
export function hasLoneSurrogate(text: string): boolean {
  return text.includes("\\ud") && /(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(text);
}

/** Throws ValueError unless the value keeps within the limits. Returns its size in bytes. */
export function checkShape(value: Json, limits: ShapeLimits, depth = 0): number {
  if (value === null || typeof value === "boolean") return 1;
  if (typeof value === "number") return 9;
  if (typeof value === "string") {
    const length = utf8Length(value);
    if (length !== value.length && LONE_SURROGATE.test(value)) {
      throw new ValueError("String contains an unpaired surrogate.");
    }
    return 2 + length;
  }
  if (!Array.isArray(value)) {
    const tag = scalarTag(value);
    if (tag === "$bytes") return 2 + base64Length(value[tag] as string);
    if (tag !== null) return 9;
  }
  if (depth >= limits.depthMax) {
    throw new ValueError(
      `Value is too nested (nested ${depth + 1} levels deep > maximum nesting ${limits.depthMax})`,
    );
  }
  let size = 2;
  if (Array.isArray(value)) {
    if (value.length > limits.arrayMax) {
      throw new ValueError(
        `Array length is too long (${value.length} > maximum length ${limits.arrayMax})`,
      );
    }
    for (const element of value) size += checkShape(element, limits, depth + 1);
    return size;
  }
  let fields = 0;
  for (const key in value) {
    fields++;
    size += key.length + 1 + checkShape(value[key]!, limits, depth + 1);
  }
  if (fields > limits.fieldsMax) {
    throw new ValueError(
      `Object has too many fields (${fields} > maximum number ${limits.fieldsMax})`,
    );
  }
  return size;
}

/** An int64 in wire form. */
export function integerJson(value: bigint): JsonObject {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return { $integer: bytes.toString("base64") };
}

/** A u64 as the sync protocol writes timestamps: base64 of eight little-endian bytes. */
export function encodeTs(ts: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(ts);
  return bytes.toString("base64");
}

/** Inverse of `encodeTs`. */
export function decodeTs(text: string): bigint {
  return Buffer.from(text, "base64").readBigUInt64LE();
}

/** Replaces every unresolved commit timestamp in JSON text. Quotes inside strings are escaped, so
 * the pattern cannot occur in one. */
export function resolveCommitTs(text: string, ts: bigint): string {
  if (!text.includes(COMMIT_TS_TEXT)) return text;
  return text.replaceAll(COMMIT_TS_TEXT, JSON.stringify(integerJson(ts)));
}

/** The lossy "clean" form that HTTP callers get by default: int64 as strings, bytes as base64. */
export function cleanJson(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(cleanJson);
  const tag = scalarTag(value);
  if (tag === "$integer") {
    return Buffer.from(value[tag] as string, "base64")
      .readBigInt64LE()
      .toString();
  }
  if (tag === "$float") {
    const float = Buffer.from(value[tag] as string, "base64").readDoubleLE();
    return Object.is(float, -0) ? -0 : String(float);
  }
  if (tag === "$bytes") return value[tag]!;
  const out: JsonObject = {};
  for (const key in value) out[key] = cleanJson(value[key]!);
  return out;
}
