/** How a call ended: a value, a coded refusal, Convex's own refusal of arguments, or a crash. */
import { ConvexError, type Value } from "convex/values";

export type Outcome =
  | { kind: "value"; value: unknown }
  | { kind: "refused"; code: string; data: Value }
  | { kind: "arguments"; message: string }
  | { kind: "crash"; error: unknown };

export const FORBIDDEN = {
  code: "Forbidden",
  message: "You may not do this, or it does not exist.",
};

/** Every code that a caller may be refused with. */
export const CODES: ReadonlySet<string> = new Set([
  ...["Forbidden", "InvalidCursor", "LogTrimmed", "UnknownCube", "UnknownRollup"],
  ...["InvalidRow", "InvalidFact", "BatchTooLarge", "TransactionBudget", "TooManyWrites"],
  ...["InvalidQuery", "UnsupportedQuery", "UnsupportedOperator", "NoRollup", "Building"],
  ...["QueryTooLarge", "TooManyRows", "TooManyBuckets", "EdgeTooLarge", "EdgeNotFolded"],
  ...["InvalidDateRange", "InvalidDefinition", "RangeTooLarge", "SumOverflow", "ExtremePending"],
  ...["RangeNotAligned", "TimeOutOfRange"],
]);

export async function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  try {
    return { kind: "value", value: await promise };
  } catch (error) {
    if (error instanceof ConvexError) {
      const data = error.data as Value;
      const code = (data as { code?: unknown } | null)?.code;
      return typeof code === "string" ? { kind: "refused", code, data } : { kind: "crash", error };
    }
    // How convex-test words what a deployment calls ArgumentValidationError.
    const isArguments = error instanceof Error && error.message.startsWith("Validator error");
    return isArguments ? { kind: "arguments", message: error.message } : { kind: "crash", error };
  }
}
