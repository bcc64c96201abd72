/** Failures in the shapes and codes that Cube's clients know. */
import { ConvexError } from "convex/values";
import { kindOf, type ErrorKind } from "../../lib/errorCodes.js";
import { RollupsError } from "../../lib/errors.js";

export interface Failure {
  /** Never 502: the client asks again for ever, at once. */
  status: number;
  body: Readonly<Record<string, unknown>>;
  headers?: Readonly<Record<string, string>>;
}

const statuses: Record<ErrorKind, number> = {
  refusal: 400,
  transient: 503,
  unavailable: 503,
  input: 400,
  access: 403,
  fault: 500,
};

/** Codes and messages of coded errors; of others nothing but that there was one. */
export function failureOf(error: unknown): Failure {
  const { code, message, ...details } = partsOf(error);
  const kind = typeof code === "string" ? kindOf(code) : null;
  if (kind === null) return { status: 500, body: { error: "Internal Server Error" } };
  if (code === "Building") {
    return { status: 200, body: { error: "Continue wait", stage: message, timeElapsed: WAIT_MS } };
  }
  if (code === "TooManyRequests") {
    const seconds = Math.ceil(Number(details["retryAfter"]) / 1000);
    const headers = { "Retry-After": String(seconds) };
    return { status: 429, body: { error: message, code, ...details }, headers };
  }
  const status = statuses[kind];
  const type = status === 400 ? { type: "UserError" } : {};
  return { status, body: { ...type, error: message, code, ...details } };
}

/**
 * How long a "Continue wait" is held back: the client asks again at once. What it waits for is a rollup that is
 * being built, where the source holds too much to be scanned instead.
 */
const WAIT_MS = 2000;

/** The failure of an error; one by which the client is told to ask again is held back first. */
export async function answeredFailure(error: unknown): Promise<Failure> {
  const failure = failureOf(error);
  if (failure.status === 200) await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  return failure;
}

/** The code of an error; null where it has none. */
export function codeOf(error: unknown): string | null {
  const { code } = partsOf(error);
  return typeof code === "string" ? code : null;
}

/** `code`, `message` and details of a coded error; nothing of another. */
export function partsOf(error: unknown): Record<string, unknown> {
  if (error instanceof RollupsError) {
    return { ...error.details, code: error.code, message: error.message };
  }
  const data: unknown = error instanceof ConvexError ? error.data : null;
  return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
}
