import { Failure } from "../../failure.js";

/** A file that cannot be read: missing, forbidden, or a damaged archive. */
export function unreadable(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure("UnreadableFile", `${path} cannot be read: ${reason}`);
}
