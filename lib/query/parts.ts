/** Reading query JSON: values that may be anything, and the refusals that name their place. */
import { RollupsError } from "../errors.js";
import { closest } from "../model/memberNames.js";
import { MEMBERS_MAX } from "./bounds.js";

export type Parts = Record<string, unknown>;

export function nameList(value: unknown, path: string): string[] {
  return list(value, path).map((name, i) => mustBeText(name, `${path}.${i}`));
}

export function list(value: unknown, path: string, max = MEMBERS_MAX): unknown[] {
  if (value == null) return [];
  if (!Array.isArray(value)) throw invalid(path, "must be an array");
  if (value.length > max) throw invalid(path, `must not list more than ${max} items`);
  return value;
}

export function wholeNumber(value: unknown, path: string, fallback: number): number {
  if (value == null) return fallback;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value + 0;
  throw invalid(path, "must be a whole number of at least 0");
}

export function flag(value: unknown, path: string): boolean {
  if (value == null) return false;
  if (typeof value === "boolean") return value;
  throw invalid(path, "must be true or false");
}

export function mustBeText(value: unknown, path: string): string {
  if (typeof value === "string" && value.length <= 256) return value;
  throw invalid(path, "must be a text of at most 256 characters");
}

export function mustBeParts(value: unknown, path: string, known: readonly string[]): Parts {
  if (!isParts(value)) throw invalid(path, "must be an object");
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw invalid(path, `unknown key ${JSON.stringify(key)}${suggest(key, known)}`);
    }
  }
  // A copy without prototype: an absent key reads as undefined, whatever objects inherit.
  return Object.assign(Object.create(null) as Parts, value);
}

export function isParts(value: unknown): value is Parts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function suggest(name: string, candidates: readonly string[]): string {
  const suggestion = closest(name, candidates);
  return suggestion === null ? "" : `; did you mean ${suggestion}?`;
}

export function invalid(path: string, message: string): RollupsError {
  return new RollupsError("InvalidQuery", `Invalid query: ${path}: ${message}`, { path, message });
}

export function unsupported(path: string, feature: string): RollupsError {
  return new RollupsError("UnsupportedQuery", `${path}: not supported: ${feature}`, {
    path,
    feature,
  });
}
