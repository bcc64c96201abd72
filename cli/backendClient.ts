/**
 * Calls to a backend through the stock HTTP client, with what that client leaves to its caller:
 * telling faults that pass from refusals that stay, and waiting out the former.
 */
import { ConvexHttpClient } from "convex/browser";
import {
  makeFunctionReference,
  type DefaultFunctionArgs,
  type UserIdentityAttributes,
} from "convex/server";
import { ConvexError } from "convex/values";
import { BatchRefused, Failure, messageOf, Refusal } from "./failure.js";

/** How a client proves who it is: as a user, or as the deployment's operator (internal functions too). */
export type Credentials =
  | { token: string }
  /** `actingAs`: the subject of a user in whose name the operator calls; of the local backend, unless `issuer` says whose. */
  | { adminKey: string; actingAs?: string; issuer?: string };

/** A fault that passes: no connection, a busy or restarting backend, a lost race with other writers. */
class TransientFault extends Error {
  override readonly name = "TransientFault";

  constructor(
    message: string,
    /** The shortest wait that the backend asks for. */
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

const transientStatuses = new Set([408, 429, 500, 502, 503, 504]);

/** How a deployment words faults of load and of lost races that come as errors of a function. */
const transientError =
  /OptimisticConcurrencyControlFailure|changed while this mutation was being run|TooManyConcurrent|Too many concurrent|Your request couldn't be completed/;

/** What the caller can do about a refusal, by its code. */
const hints: Readonly<Record<string, string>> = {
  Forbidden:
    "The caller is no member of this tenant whose role may do this (editor, service or admin), or there is no such tenant.",
  NotAuthenticated:
    "The token has expired, or it is not for this deployment. Run the same command with a new one: rows that are already there are not counted twice.",
};

export type RetryOptions = {
  /** Faults in a row after which a call is given up; with the waits below that is about a minute. */
  attemptsMax?: number;
  sleep?(ms: number): Promise<void>;
};

const firstWaitMs = 200;
const longestWaitMs = 10_000;

export class BackendClient {
  private http: ConvexHttpClient;
  private readonly attemptsMax: number;
  private readonly sleep: (ms: number) => Promise<void>;
  /** Whether these credentials have been accepted before. */
  private accepted = false;

  constructor(
    readonly url: string,
    private readonly credentials: Credentials,
    { attemptsMax = 11, sleep = wait }: RetryOptions = {},
    /** Whether all queries read one snapshot. */
    private readonly isSnapshot = false,
  ) {
    this.http = this.connect();
    this.attemptsMax = attemptsMax;
    this.sleep = sleep;
  }

  /**
   * A client of the same caller whose queries all read the snapshot of the first one. A deployment keeps it for 30
   * seconds, and refuses queries after that.
   */
  snapshot(): BackendClient {
    const { attemptsMax, sleep } = this;
    return new BackendClient(this.url, this.credentials, { attemptsMax, sleep }, true);
  }

  private connect(): ConvexHttpClient {
    const http = new ConvexHttpClient(this.url, { logger: false, fetch: this.fetchOrFault });
    const { credentials } = this;
    if ("token" in credentials) http.setAuth(credentials.token);
    else adminAuth(http).setAdminAuth(credentials.adminKey, identityOf(this.url, credentials));
    return http;
  }

  /** Runs a mutation by its path (`watch:recordBatch`). */
  async mutation<R>(path: string, args: DefaultFunctionArgs): Promise<R> {
    const reference = makeFunctionReference<"mutation", DefaultFunctionArgs, R>(path);
    return await this.patiently(() => this.http.mutation(reference, args, { skipQueue: true }));
  }

  async query<R>(path: string, args: DefaultFunctionArgs): Promise<R> {
    const reference = makeFunctionReference<"query", DefaultFunctionArgs, R>(path);
    if (!this.isSnapshot) return await this.patiently(() => this.http.query(reference, args));
    return await this.patiently(async () => {
      // A client keeps the answer to which snapshot that is, also where it is a fault.
      if (!this.accepted) this.http = this.connect();
      return await this.http.consistentQuery(reference, args);
    });
  }

  private readonly fetchOrFault: typeof fetch = async (input, init) => {
    let response: Response;
    try {
      response = await fetch(input, init);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new TransientFault(messageOf(cause));
    }
    if (response.status === 401) {
      const text = messageOf(await response.text());
      // A backend that restarts may listen before it knows its providers again.
      if (this.accepted && text.includes("NoAuthProvider")) throw new TransientFault(text);
      throw new Failure("NotAuthenticated", text, hints["NotAuthenticated"]);
    }
    if (transientStatuses.has(response.status))
      throw new TransientFault(`${response.status} ${messageOf(await response.text())}`);
    this.accepted = true;
    return response;
  };

  private async patiently<R>(call: () => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        const fault = transientFaultOf(error);
        if (fault === undefined) throw asFailure(error);
        if (attempt >= this.attemptsMax)
          throw new Failure(
            "BackendUnavailable",
            `${this.url} does not answer: ${fault.message}`,
            "Nothing is lost: run the same command again, known rows are not counted twice.",
          );
        const most = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1));
        // Half of it by chance, so that several clients do not come back at the same moment.
        await this.sleep(Math.max(fault.retryAfterMs, most / 2 + (Math.random() * most) / 2));
      }
    }
  }
}

/** The fault, where waiting may help; the application's own call for patience is one. */
function transientFaultOf(error: unknown): TransientFault | undefined {
  if (error instanceof TransientFault) return error;
  if (error instanceof ConvexError) {
    const { code, message, retryAfterMs } = (error.data ?? {}) as Record<string, unknown>;
    if (code !== "TooManyWrites") return undefined;
    return new TransientFault(String(message), typeof retryAfterMs === "number" ? retryAfterMs : 0);
  }
  const text = messageOf(error);
  return transientError.test(text) ? new TransientFault(text) : undefined;
}

/** The application's own refusals keep their code; anything else refuses the batch as a whole. */
function asFailure(error: unknown): unknown {
  if (error instanceof ConvexError) {
    const data: unknown = error.data;
    if (typeof data === "object" && data !== null && "code" in data) {
      const message = "message" in data ? String(data.message) : String(data.code);
      return new Refusal(String(data.code), message, hints[String(data.code)]);
    }
  }
  if (error instanceof Failure) return error;
  return new BatchRefused(messageOf(error));
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `setAdminAuth` is what the Convex CLI uses; it is left out of the published types. */
function adminAuth(client: ConvexHttpClient): {
  setAdminAuth(key: string, actingAs?: UserIdentityAttributes): void;
} {
  return client as unknown as ReturnType<typeof adminAuth>;
}

function identityOf(
  url: string,
  { actingAs, issuer = url }: { actingAs?: string; issuer?: string },
): UserIdentityAttributes | undefined {
  return actingAs === undefined ? undefined : { issuer, subject: actingAs };
}
