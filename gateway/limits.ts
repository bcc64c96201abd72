/** Every bound of a gateway, with its default and reason. */
import { RollupsError } from "../lib/errors.js";

export interface GatewayLimits {
  /** Tokens at once: each is a connection to the deployment. */
  sessionsMax: number;
  /** Distinct questions at once: each is a subscription, and holds its newest answer. */
  questionsMax: number;
  /** Streams and subscriptions of clients at once. */
  readersMax: number;
  /** Of them on one WebSocket. A screen has tens. */
  readersPerSocketMax: number;
  /** Sockets and HTTP connections at once. */
  connectionsMax: number;
  /** A question without readers, and a token without questions, is kept for as long: pages are reloaded, and some ask every 5 s. */
  keepAliveMs: number;
  /** How long the cache's answer of a commit is told again. */
  reuseMs: number;
  /** How long a request waits for its first answer. */
  answerWaitMs: number;
  /** A reader that has not taken what it was sent for as long is cut off: it holds an answer that is not the newest. */
  stallMs: number;
  /** Idle streams and sockets say that they are alive, before proxies think otherwise. */
  heartbeatMs: number;
  /** What a client may send at once. */
  requestBytesMax: number;
  /** Once told to stop, open requests have as long. */
  graceMs: number;
}

export const defaultLimits: GatewayLimits = {
  sessionsMax: 2000,
  questionsMax: 10_000,
  readersMax: 20_000,
  readersPerSocketMax: 500,
  connectionsMax: 10_000,
  keepAliveMs: 15_000,
  reuseMs: 10_000,
  answerWaitMs: 30_000,
  stallMs: 60_000,
  heartbeatMs: 25_000,
  requestBytesMax: 1_048_576,
  graceMs: 5000,
};

/** The refusal at a bound: the client may come back in a second. */
export function tooMany(what: string): RollupsError {
  return new RollupsError("TooManyRequests", `The gateway has too many ${what}`, {
    retryAfter: 1000,
  });
}
