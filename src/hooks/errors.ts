/**
 * One error type for everything that a hook can report, so that a screen can tell a refusal (no
 * rollup covers the question) from a fault (the network, a bug).
 */
import { ConvexError } from "convex/values";

/** Codes by which rollups decline a question that they cannot answer exactly. */
const refusals = new Set([
  "NoRollup",
  "Building",
  "ScanTooLarge",
  "FanOut",
  "FilterNotCovered",
  "ZoneMismatch",
  "ExtremePending",
  "SourceExpired",
]);

export class AggregateError extends Error {
  override readonly name = "AggregateError";

  constructor(
    /** The backend's code, such as "NoRollup" or "Forbidden"; "Internal" when it gave none. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** True when the question was understood and declined, so that asking again will not help. */
  get isRefusal(): boolean {
    return refusals.has(this.code);
  }
}

function fieldOf(value: unknown, field: string): unknown {
  return value !== null && typeof value === "object"
    ? (value as Record<string, unknown>)[field]
    : undefined;
}

/** Any thrown value as an `AggregateError`; keeps the code that a ConvexError or lib error carries. */
export function toAggregateError(cause: unknown): AggregateError {
  if (cause instanceof AggregateError) return cause;
  const carrier: unknown = cause instanceof ConvexError ? (cause.data as unknown) : cause;
  const code = fieldOf(carrier, "code");
  const message = fieldOf(carrier, "message");
  return new AggregateError(
    typeof code === "string" ? code : "Internal",
    typeof message === "string" ? message : String(cause),
    { cause },
  );
}
