/** How far behind a rollup is, by its target. */
import type { FreshnessTarget } from "../model/cube.js";
import type { Level } from "./alert.js";

/** How bad an age is, and since when it has been so, epoch ms; null where it is within the target. */
export function freshnessLevel(
  { warn = Infinity, error = Infinity }: FreshnessTarget,
  ageMs: number,
  now: number,
): { state: Level; since: number | null } {
  const from = ageMs >= error ? error : ageMs >= warn ? warn : null;
  if (from === null) return { state: "ok", since: null };
  return { state: from === error ? "error" : "warn", since: now - ageMs + from };
}
