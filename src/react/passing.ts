/** Failures of a query that may pass. They come without data: a text is all that tells them. */

/** The code of such a failure by its text, else undefined. */
export function passingCode(message: string): "ServerError" | "TimedOut" | undefined {
  // Whatever went wrong, a production deployment says no more than that. The client adds that it called.
  if (/Server Error(\n.*client)?$/.test(message)) return "ServerError";
  if (/timed out/.test(message)) return "TimedOut";
}
