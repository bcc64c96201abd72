/** Reading definitions and queries whose shape nobody vouches for. */
import { closest } from "../model/memberNames.js";

/** An object of which nothing is known. */
export type Parts = Record<string, unknown>;

/** Notes an issue and its place. */
export type Report = (path: string, message: string) => void;

export function own(parts: Record<string, Parts>, name: string): Parts | undefined {
  return Object.hasOwn(parts, name) ? parts[name] : undefined;
}

export function isParts(value: unknown): value is Parts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function oneOf<const T extends string>(value: unknown, options: readonly T[]): value is T {
  return typeof value === "string" && (options as readonly string[]).includes(value);
}

export function expected(options: readonly string[]): string {
  return `must be one of ${options.join(", ")}`;
}

export function unknown(kind: string, name: unknown, known: Record<string, Parts>): string {
  const suggestion = typeof name === "string" ? closest(name, Object.keys(known)) : null;
  const hint = suggestion === null ? "" : `; did you mean ${suggestion}?`;
  return `no ${kind} is called ${String(name)}${hint}`;
}
