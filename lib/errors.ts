/**
 * The one error type of the engine. `code` is stable and meant for programs, the message for people,
 * `details` for whoever has to act on it (plain JSON-like data).
 */
export class RollupsError extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(code: string, message: string, details: Record<string, unknown> = {}) {
    super(message);
    this.name = "RollupsError";
    this.code = code;
    this.details = details;
  }
}
