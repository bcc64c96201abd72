/**
 * The one error type of the engine. `code` is stable and meant for programs, the message for people,
 * `details` for whoever has to act on it (plain JSON-like data).
 */
import type { ErrorCode } from "./errorCodes.js";

export class RollupsError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "RollupsError";
    this.code = code;
    this.details = details;
  }
}
