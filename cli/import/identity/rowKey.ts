/**
 * Idempotency keys for rows that bring none. A key names what makes the record itself and which of its
 * repetitions in the file it is: so the same file counts once however often it is sent, under any
 * name and after any crash, and a record that stands in it twice counts twice.
 */
import { createHash } from "node:crypto";
import { HashTable } from "./hashTable.js";

/** 22 base64url characters hold 132 bits: no two identities meet by chance. */
const HASH_CHARACTERS = 22;

/**
 * Makes keys for the records of one file, in file order. Two files that overlap share the keys of
 * the records that they share; `source` keeps files apart whose equal records are different ones.
 */
export function rowKeys(source = ""): (identity: string) => string {
  const seen = new HashTable();
  return (identity) => {
    const digest = createHash("sha256").update(source).update("\n").update(identity).digest();
    const [high, low] = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
    const occurrence = seen.get(high, low) + 1;
    seen.set(high, low, occurrence);
    return `row:${digest.toString("base64url").slice(0, HASH_CHARACTERS)}:${occurrence}`;
  };
}

/**
 * What keys of the file's own have come before: `new`, `same` (with this content) or `different`.
 */
export function ownKeys(): (key: string, content: string) => "new" | "same" | "different" {
  const seen = new HashTable();
  return (key, content) => {
    const digest = createHash("sha256").update(key).digest();
    const [high, low] = [digest.readUInt32LE(0), digest.readUInt32LE(4)];
    const now = createHash("sha256").update(content).digest().readUInt32LE(0) || 1;
    const before = seen.get(high, low);
    if (before === 0) seen.set(high, low, now);
    return before === 0 ? "new" : before === now ? "same" : "different";
  };
}
