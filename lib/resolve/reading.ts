/**
 * How a cube reads the fields of its source, in a few characters per field, to be kept beside facts.
 * Whether facts can be folded into a generation is then told from what is stored with both, whatever
 * code runs by then.
 */
import { canonicalJson, hashText } from "../hash/canonical.js";
import type { CubeDefinition } from "../model/cube.js";
import { fieldDefinitions } from "./resolveRollup.js";

/** Digits of one field's mark: two definitions get the same one once in 60 million. */
const MARK_LENGTH = 5;
const MARKS = 36n ** BigInt(MARK_LENGTH);

/** The marks of all fields of a cube, as one text. O(length of the definitions). */
export function readingOf(cube: CubeDefinition): string {
  return marksOf(fieldDefinitions(cube, Object.keys(cube.fields))).join("");
}

/**
 * Whether facts of this reading hold all fields of a rollup as it reads them (`fields` is the rollup's
 * `fieldsSignature`). Other fields do not matter. O(length of the definitions).
 */
export function readsAlike(fields: string, reading: string): boolean {
  const marks = new Set<string>();
  for (let i = 0; i < reading.length; i += MARK_LENGTH) {
    marks.add(reading.slice(i, i + MARK_LENGTH));
  }
  return marksOf(JSON.parse(fields) as unknown[]).every((mark) => marks.has(mark));
}

/** One mark per field, of a table's name followed by its fields' names and definitions. */
function marksOf([table, ...fields]: readonly unknown[]): string[] {
  return fields.map((field) => {
    const hash = BigInt(`0x${hashText(canonicalJson([table, field]))}`);
    return (hash % MARKS).toString(36).padStart(MARK_LENGTH, "0");
  });
}
