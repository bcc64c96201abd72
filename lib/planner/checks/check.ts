/** Checks: why something that is stored cannot tell what a question asks. One kind each. */
import type { CompiledQuery } from "../../query/compile.js";
import type { Refusal } from "../plan.js";

/** Null where nothing of its kind is in the way. */
export type Check<Stored> = (compiled: CompiledQuery, stored: Stored) => Refusal | null;

/** Of checks in order, the first refusal. */
export function firstRefusal<Stored>(
  checks: readonly Check<Stored>[],
  compiled: CompiledQuery,
  stored: Stored,
): Refusal | null {
  for (const check of checks) {
    const refusal = check(compiled, stored);
    if (refusal !== null) return refusal;
  }
  return null;
}
