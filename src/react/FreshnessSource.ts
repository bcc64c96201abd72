/**
 * The tenant's freshness, for those who ask. It changes with every write and fold, so it is no context: a
 * component that does not show it is not rendered by it, and while nobody asks nothing is subscribed to.
 */
import type { Freshness, RollupsApi, TenantArgs } from "./api.js";
import { toAggregateError, type AggregateError } from "./errors.js";

export interface Known<T> {
  value: T | undefined;
  error: AggregateError | null;
}

/** What a subscription tells: a value, a failure, or neither yet. */
export function asKnown<T>(told: T | Error | undefined): Known<T> {
  return told instanceof Error
    ? { value: undefined, error: toAggregateError(told) }
    : { value: told, error: null };
}

export class FreshnessSource {
  private known: Known<Freshness> = { value: undefined, error: null };
  private readonly listeners = new Set<() => void>();
  private readonly feeds = new Set<() => void>();

  /** `asked` is what tells the freshness. */
  constructor(readonly asked: { query: RollupsApi["freshness"]; args: TenantArgs }) {}

  /** The same object while nothing changes. */
  readonly get = (): Known<Freshness> => this.known;

  readonly isAsked = (): boolean => this.listeners.size > 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.tellFeeds();
    return () => {
      this.listeners.delete(listener);
      this.tellFeeds();
    };
  };

  /** For the feed: whether somebody asks. */
  readonly subscribeFeed = (feed: () => void): (() => void) => {
    this.feeds.add(feed);
    return () => void this.feeds.delete(feed);
  };

  set(known: Known<Freshness>): void {
    if (known.value === this.known.value && known.error === this.known.error) return;
    this.known = known;
    for (const listener of this.listeners) listener();
  }

  private tellFeeds(): void {
    for (const feed of this.feeds) feed();
  }
}
