/** The callers that there are, by their tokens. */
import { RollupsError } from "../../lib/errors.js";
import type { Counters } from "../counters.js";
import { tooMany, type GatewayLimits } from "../limits.js";
import type { Log } from "../log.js";
import { Access, type KeyQuery } from "./access.js";
import { Session } from "./session.js";

/** A token that was refused is refused again for as long, without asking: clients come back at once. */
const REFUSED_MS = 10_000;

export interface SessionsOptions {
  /** The deployment's. */
  url: string;
  /** Tells a tenant's view key. */
  key: KeyQuery;
  limits: GatewayLimits;
  counters: Counters;
  log: Log;
}

export class Sessions {
  private readonly byToken = new Map<string, Session>();
  private readonly accesses = new WeakMap<Session, Map<string, Access>>();
  private isClosed = false;

  constructor(private readonly options: SessionsOptions) {}

  get size(): number {
    return this.byToken.size;
  }

  /** The session of a token, which must be held. Throws `TooManyRequests`. */
  of(token: string | null): Session {
    const { url, limits, counters, log } = this.options;
    const name = token ?? "";
    const known = this.byToken.get(name);
    if (known !== undefined) return known;
    if (this.isClosed || this.byToken.size >= limits.sessionsMax) {
      throw tooMany("callers");
    }
    const session = new Session(url, token, (idle) => {
      const timer = setTimeout(() => {
        if (!idle.isHeld) idle.end(new RollupsError("Forbidden", "The session was idle"));
      }, limits.keepAliveMs);
      timer.unref();
    });
    this.byToken.set(name, session);
    session.onEnd(() => {
      const forget = () => this.byToken.delete(name);
      if (!session.isHeld || this.isClosed) return void forget();
      counters.add("expired");
      log("info", "token ended", { caller: session.id });
      setTimeout(forget, REFUSED_MS).unref();
    });
    return session;
  }

  /** Of a session that has been granted: whose answers about a tenant it shares. */
  access(session: Session, tenant: Access["tenant"]): Access {
    let known = this.accesses.get(session);
    if (known === undefined) this.accesses.set(session, (known = new Map()));
    const name = JSON.stringify(tenant);
    let access = known.get(name);
    if (access === undefined) {
      known.set(name, (access = new Access(session, tenant, this.options.key)));
    }
    return access;
  }

  close(): void {
    this.isClosed = true;
    for (const session of [...this.byToken.values()]) {
      session.end(new RollupsError("TooManyRequests", "The gateway stops", { retryAfter: 1000 }));
    }
  }
}
