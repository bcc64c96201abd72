/** One caller's connection to the deployment, over the stock client: what it is told is what that caller may see. */
import { ConvexClient } from "convex/browser";
import type { DefaultFunctionArgs, FunctionReference } from "convex/server";
import { RollupsError } from "../../lib/errors.js";
import { digest } from "./digest.js";

type AnyQuery<Result = unknown> = FunctionReference<"query", "public", DefaultFunctionArgs, Result>;

/** The longest that a timer of Node can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class Session {
  /** A hash of the token. */
  readonly id: string;
  /** Resolves once the deployment has taken the token; rejects with `Forbidden`. */
  readonly granted: Promise<void>;
  /** Why it is over: the token expired or was refused, or the gateway closed it. */
  ended: RollupsError | null = null;
  private readonly client: ConvexClient;
  private readonly endings = new Set<() => void>();
  private readonly expiry: NodeJS.Timeout | null;
  private grant: { resolve: () => void; reject: (error: Error) => void } | null = null;
  private holds = 0;
  /** Whether what it was told is not from before a lost connection. */
  isCurrent = false;
  private waiting: (() => void)[] = [];

  constructor(
    url: string,
    /** A JWT; null for a caller without. */
    token: string | null,
    /** Called when nothing holds the session any more. */
    private readonly idle: (session: Session) => void,
  ) {
    this.id = digest(token ?? "");
    this.client = new ConvexClient(url, { logger: false, skipConvexDeploymentUrlCheck: true });
    this.client.subscribeToConnectionState(({ isWebSocketConnected }) => {
      if (!isWebSocketConnected) this.isCurrent = false;
    });
    // After the client's own handler: those who wait find what the transition brought.
    this.client.client.addOnTransitionHandler(() => {
      this.isCurrent = true;
      for (const wake of this.waiting.splice(0)) wake();
    });
    this.granted =
      token === null
        ? Promise.resolve()
        : new Promise((resolve, reject) => {
            this.grant = { resolve, reject };
          });
    // A refusal is told by the readers that there are.
    this.granted.catch(() => {});
    const expiresMs = token === null ? null : expiryOf(token);
    this.expiry =
      expiresMs === null
        ? null
        : setTimeout(
            () => this.end(expired()),
            Math.min(Math.max(0, expiresMs - Date.now()), TIMER_MS_MAX),
          );
    if (token !== null) {
      // The same token again means that there is no newer one: the client gives up where it was refused.
      const fetchToken = () => Promise.resolve(this.ended === null ? token : null);
      this.client.setAuth(fetchToken, (isTaken) => {
        if (isTaken) this.grant?.resolve();
        else this.end(expired());
      });
    }
  }

  /** Tells each new result, of one commit with those of all other queries of the session, until the result is called. */
  watch<Result>(
    query: AnyQuery<Result>,
    args: DefaultFunctionArgs,
    told: (result: Result) => void,
    failed: (error: Error) => void,
  ): () => void {
    return this.client.onUpdate(query, args, told as (result: unknown) => void, failed);
  }

  async query<Result>(query: AnyQuery<Result>, args: DefaultFunctionArgs): Promise<Result> {
    await this.granted;
    let stop = () => {};
    const over = new Promise<never>((_, reject) => {
      const refuse = () => reject(this.ended as RollupsError);
      if (this.ended !== null) refuse();
      else stop = this.onEnd(refuse);
    });
    try {
      return await Promise.race([this.client.query(query, args), over]);
    } finally {
      stop();
    }
  }

  /** Resolves when `isCurrent`, or over. */
  async current(): Promise<void> {
    while (!this.isCurrent && this.ended === null) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Keeps it open until the result is called. */
  hold(): () => void {
    this.holds++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.holds--;
      if (!this.isHeld) this.idle(this);
    };
  }

  get isHeld(): boolean {
    return this.holds > 0;
  }

  /** Until the result is called. */
  onEnd(ended: () => void): () => void {
    this.endings.add(ended);
    return () => this.endings.delete(ended);
  }

  /** Nothing is told after it. */
  end(why: RollupsError): void {
    if (this.ended !== null) return;
    this.ended = why;
    if (this.expiry !== null) clearTimeout(this.expiry);
    void this.client.close();
    this.grant?.reject(why);
    for (const ended of [...this.endings]) ended();
    for (const wake of this.waiting.splice(0)) wake();
  }
}

function expired(): RollupsError {
  return new RollupsError("Forbidden", "The token has expired, or it is not accepted");
}

/** Epoch ms; null where the token does not say it. The deployment verifies it, not this. */
function expiryOf(token: string): number | null {
  try {
    const [, claims = ""] = token.split(".");
    const { exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : null;
  } catch {
    return null;
  }
}
