/**
 * The values of a multi-valued dimension as one text, so that a record is in one cell, however many
 * values it has. Equal sets have equal texts: distinct values, sorted, as JSON.
 */
import { RollupsError } from "../errors.js";
import type { DimensionValue } from "./cube.js";

/** The text of some values; null, "not given", for none. O(values log values). */
export function textOfSet(values: readonly string[]): string | null {
  return values.length === 0 ? null : JSON.stringify([...new Set(values)].sort());
}

/** The values of a text, at least one: "not given" is a value. Throws `CorruptTile`. O(length). */
export function valuesOfSet(text: DimensionValue): readonly DimensionValue[] {
  if (text === null) return [null];
  const values = typeof text === "string" ? parse(text) : null;
  if (
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((one) => typeof one === "string")
  ) {
    return values;
  }
  throw new RollupsError("CorruptTile", "A stored set of values cannot be read", {
    text: String(text).slice(0, 64),
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
