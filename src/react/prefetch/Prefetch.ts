/**
 * Asks ahead what a screen is likely to ask next: `new Prefetch({ budget })`, handed to the hooks. An app that imports
 * it pays for it, and no other.
 */
import { useContext, useEffect, type ComponentType } from "react";
import { Bucket } from "../../../lib/prefetch/bucket.js";
import { HeldContext, useScope, type Scope } from "../context.js";
import type { Prefetcher } from "../prefetcher.js";
import type { AggregateQuery, Request } from "../query.js";
import { Figures, type PrefetchFigures } from "./figures.js";
import { aheadLimits } from "./limits.js";
import { Memory } from "./Memory.js";
import type { PrefetchOptions } from "./options.js";
import { Session } from "./Session.js";

/** One for each user who is signed in. */
export class Prefetch implements Prefetcher {
  readonly Feed: ComponentType;
  private readonly sessions = new WeakMap<Scope, Session>();
  private readonly bucket: Bucket;
  private readonly memory: Memory;
  private readonly counted = new Figures();
  private savedAt = -Infinity;
  private feeds = 0;

  constructor(options: PrefetchOptions = {}) {
    this.bucket = new Bucket(options.budget ?? aheadLimits.budget, Date.now());
    this.memory = new Memory(options.keep);
    this.Feed = feedOf(
      (scope) => this.sessionOf(scope),
      (by) => this.count(by),
    );
  }

  saw(scope: object, request: object): () => void {
    return this.sessionOf(scope).saw(request as Request);
  }

  ahead(scope: object, queries: readonly AggregateQuery[]): void {
    this.sessionOf(scope).ahead(queries);
  }

  /** What it has brought and cost since it was made. */
  figures(): PrefetchFigures {
    return this.counted.read(this.bucket.leftAt(Date.now()));
  }

  /** Calls back when the figures change, until what is returned is called. */
  subscribe(listener: () => void): () => void {
    return this.counted.subscribe(listener);
  }

  /** Forgets what was learned, and what is stored of it: for signing out on a device that others use. */
  forget(): void {
    this.memory.forget(true);
  }

  private sessionOf(given: object): Session {
    const scope = given as Scope;
    let session = this.sessions.get(scope);
    if (!session) {
      const { tenantId } = scope;
      session = new Session({
        ...{ scope, bucket: this.bucket, figures: this.counted },
        transitions: () => this.memory.of(tenantId),
        save: (isLast) => this.save(tenantId, isLast),
      });
      this.sessions.set(scope, session);
    }
    return session;
  }

  private save(tenantId: string, isLast: boolean): void {
    const now = Date.now();
    if (!isLast && now - this.savedAt < aheadLimits.saveMs) return;
    this.savedAt = now;
    this.memory.save(tenantId);
  }

  private count(by: 1 | -1): void {
    this.feeds += by;
    // Another user may come without a name of theirs.
    if (this.feeds === 0) this.memory.forget(false);
  }
}

/** Runs the session of the provider that it is rendered below. */
function feedOf(sessionOf: (scope: Scope) => Session, count: (by: 1 | -1) => void): ComponentType {
  return function Feed() {
    const session = sessionOf(useScope());
    const held = useContext(HeldContext);
    useEffect(() => {
      count(1);
      const stop = session.start();
      return () => {
        stop();
        count(-1);
      };
    }, [session]);
    useEffect(() => session.follow(held), [session, held]);
    return null;
  };
}
