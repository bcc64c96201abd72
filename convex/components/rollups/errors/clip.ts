/** Refusals may name what the caller sent, but never at length: an error is no way to get data back. */
import type { Value } from "convex/values";

const TEXT_MAX = 400;
const ITEMS_MAX = 100;

/** The text, or its start. */
export function clipText(text: string, most = TEXT_MAX): string {
  if (text.length <= most) return text;
  // Not between the halves of a character: Convex stores no lone surrogate.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(most - 1)) ? most - 1 : most;
  return `${text.slice(0, end)}…`;
}

/** The value with its texts clipped and its lists cut. */
export function clipValue(value: Value): Value {
  if (typeof value === "string") return clipText(value);
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map(clipValue);
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer) return value;
  const entries = Object.entries(value).slice(0, ITEMS_MAX);
  return Object.fromEntries(
    entries.flatMap(([key, item]) => (item === undefined ? [] : [[key, clipValue(item)]])),
  );
}
