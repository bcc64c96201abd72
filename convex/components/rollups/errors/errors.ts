/** One way to fail: a `ConvexError` with a code, so that clients in production see it too. */
import { ConvexError, type Value } from "convex/values";
import type { ErrorCode } from "../../../../lib/errorCodes.js";
import { RollupsError } from "../../../../lib/errors.js";
import { clipText, clipValue } from "./clip.js";

/** Throws `ConvexError({code, message, …details})`; what it echoes is clipped. */
export function fail(code: ErrorCode, message: string, details: Record<string, Value> = {}): never {
  const clipped = clipValue(details) as Record<string, Value>;
  throw new ConvexError({ code, message: clipText(message), ...clipped });
}

/** Runs `body`; an error of the engine becomes a `ConvexError` with the same code and details. */
export async function coded<T>(body: () => T | Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof RollupsError) {
      fail(error.code, error.message, jsonDetails(error.details));
    }
    throw error;
  }
}

/** Details as plain JSON: what cannot be sent (undefined, functions) is left out, bigints become text. */
export function jsonDetails(details: Record<string, unknown>): Record<string, Value> {
  return JSON.parse(
    JSON.stringify(details, (_key, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    ),
  ) as Record<string, Value>;
}
