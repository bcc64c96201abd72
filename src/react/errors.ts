/**
 * One error type for everything that a hook can report, so that a screen can tell a question that is
 * declined from a network or a backend that fails. Its codes are the ones that the engine fails with.
 */
import { ConvexError } from "convex/values";
import { isErrorCode, kindOf, type ErrorCode, type ErrorKind } from "../../lib/errorCodes.js";
import { passingCode } from "./passing.js";

/** What only the browser fails with: no code came with the failure, or the provider lacks the cubes. */
export type ClientCode = "Internal" | "NoCatalogue";

export class AggregateError extends Error {
  override readonly name = "AggregateError";

  constructor(
    /** The engine's code, such as "NoRollup"; "Internal" for a failure that has none of its codes. */
    readonly code: ErrorCode | ClientCode,
    message: string,
    options?: ErrorOptions,
    /** What the backend says beside code and message, such as the rollups that were considered. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message, options);
  }

  get kind(): ErrorKind {
    return kindOf(this.code) ?? "fault";
  }

  /** The question was understood and declined, for good or for now: see `isTransient`. */
  get isRefusal(): boolean {
    return this.kind === "refusal" || this.isTransient;
  }

  /** Declined for now. A subscription answers by itself as soon as it can. */
  get isTransient(): boolean {
    return this.kind === "transient";
  }

  /** The backend could not answer now. The hooks ask again by themselves, later and later. */
  get isUnavailable(): boolean {
    return this.kind === "unavailable";
  }

  /** A short text that finds the failure in the backend's log, or at least equal failures. */
  get reference(): string {
    return /\[Request ID: (\w+)\]/.exec(this.message)?.[1] ?? shortHash(this.message);
  }
}

/** FNV-1a, 32 bits: enough to tell one failure from another. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
}

/** The code of a failure of the platform that may pass, by its text: of queries, and of mutations besides. */
function platformCode(text: string): ErrorCode<"unavailable"> | undefined {
  const codes = ["TooManyConcurrentRequests", "OptimisticConcurrencyControlFailure"] as const;
  return passingCode(text) ?? codes.find((code) => text.includes(code));
}

/** Any thrown value as an `AggregateError`; keeps what a ConvexError or an error of the engine carries. */
export function toAggregateError(cause: unknown): AggregateError {
  if (cause instanceof AggregateError) return cause;
  const { code, message, ...rest } = fieldsOf(cause instanceof ConvexError ? cause.data : cause);
  const text = typeof message === "string" ? message : String(cause);
  const passing = cause instanceof ConvexError ? undefined : platformCode(text);
  return new AggregateError(
    typeof code === "string" && isErrorCode(code) ? code : (passing ?? "Internal"),
    text,
    { cause },
    cause instanceof ConvexError ? rest : fieldsOf(rest["details"]),
  );
}
