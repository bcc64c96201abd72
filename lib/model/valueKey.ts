/** One text per value of a dimension, for keys of cells and for sketches. */
import type { DimensionValue } from "./cube.js";

/** A text that tells a dimension's value from every other, without NUL. */
export function valueKey(value: DimensionValue): string {
  if (value === null) return "n";
  if (typeof value === "number") return `#${value}`;
  return value.includes("\0") ? `j${JSON.stringify(value)}` : `s${value}`;
}
