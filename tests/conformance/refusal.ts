/** How a call failed: what every caller can see, whichever way the failure came. */
import { ConvexError } from "convex/values";

export interface Refusal {
  message: string;
  /** The payload of a ConvexError; undefined for any other error. */
  data: unknown;
}

/** The failure of a call. Throws when the call succeeds. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  let value: unknown;
  try {
    value = await call;
  } catch (error) {
    const { message } = error as Error;
    return { message, data: error instanceof ConvexError ? (error.data as unknown) : undefined };
  }
  throw new Error(`It was not refused; it gave ${String(value)}`);
}

/** The message of a call's failure. */
export async function refused(call: Promise<unknown>): Promise<string> {
  return (await refusal(call)).message;
}
