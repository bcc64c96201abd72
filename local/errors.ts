/** The ways a function call can fail, as callers tell them apart. */
import type { Json } from "./values/json.js";

/**
 * The function failed, and would fail again: a thrown error, a refused argument, a limit. `message`
 * is the text after "Server Error"; `data` is the payload of a ConvexError, when it was one.
 */
export class FunctionError extends Error {
  constructor(
    message: string,
    readonly data?: Json,
    /** Console output up to the failure. */
    public logLines: string[] = [],
  ) {
    super(message);
  }
}

/** The function ran, but its result is not what it promised. */
export class ReturnsError extends FunctionError {}

/** The request itself cannot be served: bad JSON, unknown endpoint, refused credentials. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The deployment has no room for the call now: it may be made again later. */
export class RateLimitedError extends RequestError {
  constructor(
    override readonly code: "TooManyConcurrentRequests" | "TooManyWrites",
    message: string,
  ) {
    super(429, code, message);
  }
}

const HEX = "0123456789abcdef";

/** An id that ties a response to the log, as the platform prints it. */
export function newRequestId(): string {
  let id = "";
  for (let i = 0; i < 16; i++) id += HEX[Math.floor(Math.random() * 16)];
  return id;
}

/** The text that clients get for a failed function. */
export function clientMessage(error: FunctionError, isRedacted: boolean): string {
  const text = `[Request ID: ${newRequestId()}] Server Error`;
  return isRedacted ? text : `${text}\n${error.message}`;
}

/** What a syscall fails with: the message and, for a ConvexError, its data as JSON text. */
export type Failure = [message: string, data?: string];
