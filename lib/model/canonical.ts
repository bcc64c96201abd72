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
