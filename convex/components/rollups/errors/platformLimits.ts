/**
 * The last line of refusals: what our own bounds let through and the platform stops. Its limits are
 * errors without a code; here they become refusals like all others, so a client can act on them.
 */
import type { ErrorCode } from "../../../../lib/errorCodes.js";
import { coded, fail } from "./errors.js";

/** How the platform, the local backend and convex-test word the limits of one transaction. */
const LIMIT =
  /\b(?:Too many (?:bytes|documents|reads|writes|index ranges|functions)|(?:Read|Wrote) too much data|(?:Scanned|Wrote) too many documents|Scheduled too many functions|Array length is too long)\b/i;

/** Runs a public query; a limit becomes `QueryTooLarge`. */
export async function codedQuery<T>(body: () => T | Promise<T>): Promise<T> {
  return await within("QueryTooLarge", "Answering this takes more than one transaction.", body);
}

/** Runs a public mutation; a limit becomes `TransactionBudget`. */
export async function codedMutation<T>(body: () => T | Promise<T>): Promise<T> {
  return await within(
    "TransactionBudget",
    "This takes more than one transaction; send less.",
    body,
  );
}

async function within<T>(code: ErrorCode, message: string, body: () => T | Promise<T>): Promise<T> {
  try {
    return await coded(body);
  } catch (error) {
    if (error instanceof Error && LIMIT.test(error.message) && !("data" in error)) {
      fail(code, message);
    }
    throw error;
  }
}
