/**
 * One text per value, and short names for such texts: JSON with sorted keys, hashed with 64-bit
 * FNV-1a run twice from different seeds (128 bits; not cryptographic, meant for our own definitions).
 */

/** JSON with object keys in code-unit order; entries that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`);
    return `{${entries.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** Whether two values have the same canonical JSON, without making it. O(size). */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) {
    return canonicalJson(a) === canonicalJson(b);
  }
  if (Array.isArray(a)) {
    const other = b as unknown as unknown[];
    return a.length === other.length && a.every((one, i) => sameJson(one, other[i]));
  }
  const given = (value: Record<string, unknown>) =>
    Object.keys(value).filter((key) => value[key] !== undefined);
  const keys = given(a);
  return (
    keys.length === given(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && b[key] !== undefined && sameJson(a[key], b[key]))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** 32 hex digits. O(length). */
export function hashText(text: string): string {
  return fnv1a(text, 0xcbf29ce484222325n) + fnv1a(text, 0x6c62272e07bb0142n);
}

function fnv1a(text: string, seed: bigint): string {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
