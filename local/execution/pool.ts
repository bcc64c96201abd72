/**
 * Realms kept for reuse, per component. A realm goes back only after a clean end: a function that
 * threw may have left module-global state behind (a held lock, a half-filled queue), so its realm is
 * thrown away. Cold contexts are never used again.
 */
import type { Limits } from "../database/limits.js";
import { collectGarbage } from "./collect.js";
import type { Component } from "./deployment.js";
import { Realm, type SyscallHandler } from "./realm.js";

const IDLE_MAX = 24;
/**
 * Cold contexts until garbage is collected, between calls. V8 by itself waits until there are thousands, and
 * takes a second or more of some call's time then. On the platform each call has a heap of its own.
 */
const COLD_MAX = 200;

export class RealmPool {
  private idle = new Map<Component, Realm[]>();
  created = 0;

  constructor(
    private readonly handler: SyscallHandler,
    private readonly limits: Limits,
  ) {}

  private acquire(component: Component): Realm {
    const realm = this.idle.get(component)?.pop();
    if (realm !== undefined) return realm;
    this.created++;
    if (this.limits.coldContexts && this.created % COLD_MAX === 0) setImmediate(collectGarbage);
    return new Realm(component.bundle, component.env, this.handler, this.limits);
  }

  /** Runs a body in a realm that nothing else uses meanwhile. */
  async use<T>(component: Component, body: (realm: Realm) => Promise<T>): Promise<T> {
    const realm = this.acquire(component);
    const result = await body(realm);
    if (realm.isQuiet && !this.limits.coldContexts) {
      let idle = this.idle.get(component);
      if (idle === undefined) this.idle.set(component, (idle = []));
      if (idle.length < IDLE_MAX) idle.push(realm);
    }
    return result;
  }

  /** Forgets all realms, after a push or a change of environment variables. */
  clear(): void {
    this.idle = new Map();
  }
}
