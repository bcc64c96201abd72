/**
 * Calls to a backend that may die under them. A caller whose connection broke cannot know whether its
 * write was committed; it makes the same call again until the backend answers.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexError } from "convex/values";

const RETRY_MS = 150;
/** Far longer than a restart takes. */
const PATIENCE_MS = 120_000;

export interface Answered<T> {
  value: T;
  /** Calls before this one that may have been carried out, or not. */
  retries: number;
}

/** Throws the application's own refusals, with the number of retries before, and what is no outage. */
export async function insist<T>(call: () => Promise<T>): Promise<Answered<T>> {
  const until = Date.now() + PATIENCE_MS;
  for (let retries = 0; ; retries++) {
    try {
      return { value: await call(), retries };
    } catch (error) {
      if (refusalCode(error) !== null) throw new Refused(refusalCode(error)!, error, retries);
      if (!isOutage(error) || Date.now() > until) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** The application refused, by name. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    cause: unknown,
    readonly retries: number,
  ) {
    super(`${code}: ${(cause as Error).message}`, { cause });
  }
}

/** The code of a refusal by the application; null for every other error. */
export function refusalCode(error: unknown): string | null {
  if (!(error instanceof ConvexError)) return null;
  return String((error.data as { code?: unknown } | null)?.code ?? "no code");
}

/** What the platform refuses a call with that may succeed later. */
const PASSING = /NoAuthProvider|OptimisticConcurrency|TooManyWrites|TooManyConcurrentRequests/;

/** Nobody listens, the connection broke, the answer was cut short, or the backend is starting or busy. */
export function isOutage(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof SyntaxError) return true;
  return error instanceof Error && PASSING.test(error.message);
}
