/**
 * With whom a caller shares the questions about a tenant. Where the app says that all who may read the tenant share
 * (`sharedReads`), those are all who are told its view key now; else the caller shares with itself alone.
 */
import type { FunctionReference } from "convex/server";
import { digest } from "./digest.js";
import type { Session } from "./session.js";

export type KeyQuery = FunctionReference<"query", "public", Record<string, string>, string>;

export class Access {
  /** Callers of one group get one answer. Null until the deployment has said it. */
  group: string | null = null;
  private readonly listeners = new Set<() => void>();
  private readonly own: string;

  /**
   * `key` is asked before any question of the session: a transition of the deployment tells it first, so a key that is
   * revoked parts a group before an answer of that commit is told.
   */
  constructor(
    readonly session: Session,
    /** The tenant's argument; `{}` in an app without tenants. */
    readonly tenant: Readonly<Record<string, string>>,
    key: KeyQuery,
  ) {
    const named = JSON.stringify(tenant);
    this.own = `own:${session.id}:${digest(named)}`;
    session.watch(
      key,
      tenant,
      (told) =>
        this.put(
          typeof told === "string" && told !== ""
            ? `shared:${digest(`${named} ${told}`)}`
            : this.own,
        ),
      // An app without view keys, or a caller who may not read: the questions say which, to this caller alone.
      () => this.put(this.own),
    );
  }

  /** Resolves when the group is. */
  async known(): Promise<void> {
    while (this.group === null) {
      await new Promise<void>((resolve) => {
        const stop = this.onChange(() => {
          stop();
          resolve();
        });
      });
    }
  }

  /** Until the result is called. */
  onChange(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  private put(group: string): void {
    if (group === this.group) return;
    this.group = group;
    for (const changed of [...this.listeners]) changed();
  }
}
