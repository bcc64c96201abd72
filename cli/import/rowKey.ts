/**
 * Idempotency keys for rows that bring none. A key names the content of the record and which of its
 * repetitions in the file it is: so the same file counts once however often it is sent, under any
 * name and after any crash, and a record that stands in it twice counts twice.
 */
import { createHash } from "node:crypto";

/** 22 base64url characters hold 132 bits: no two contents meet by chance. */
const hashCharacters = 22;

/**
 * Makes keys for the records of one file, in file order. Two files that overlap share the keys of
 * the records that they share; `source` keeps files apart whose equal records are different ones.
 */
export function rowKeys(source = ""): (content: string) => string {
  const seen = new Map<string, number>();
  return (content) => {
    const hash = createHash("sha256")
      .update(source)
      .update("\n")
      .update(content)
      .digest("base64url")
      .slice(0, hashCharacters);
    const occurrence = (seen.get(hash) ?? 0) + 1;
    seen.set(hash, occurrence);
    return `row:${hash}:${occurrence}`;
  };
}
