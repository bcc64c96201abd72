/**
 * A Convex client over convex-test: the app's real functions, and transitions that come when a test says so, each
 * of one commit, as the stock client's are. It offers what stores use of `ConvexReactClient`.
 */
import type { ConvexReactClient } from "convex/react";
import { getFunctionName, type FunctionReference } from "convex/server";
import { keyOf } from "../../src/react/query.js";

type Query = FunctionReference<"query">;
type Args = Record<string, unknown>;
type Caller = { query(reference: never, args: never): Promise<unknown> };

interface Open {
  name: string;
  reference: Query;
  args: Args;
  /** Undefined before the first transition. */
  told: string | undefined;
  value: unknown;
  error: Error | undefined;
  listeners: Set<() => void>;
}

export class SteppedClient {
  /** Every subscription that was opened, in order. */
  readonly opened: { name: string; args: Args }[] = [];
  /** What a backend of other code would answer instead. */
  spoken: (name: string, value: unknown) => unknown = (_, value) => value;
  private readonly queries = new Map<string, Open>();

  constructor(private readonly caller: Caller) {}

  get asClient(): ConvexReactClient {
    return this as unknown as ConvexReactClient;
  }

  /** Arguments of the open subscriptions to a query. */
  open(name: string): Args[] {
    return [...this.queries.values()].filter((one) => one.name === name).map(({ args }) => args);
  }

  watchQuery(reference: Query, args: Args) {
    const name = getFunctionName(reference);
    const key = keyOf([name, args]);
    return {
      onUpdate: (listener: () => void) => {
        let query = this.queries.get(key);
        if (query === undefined) {
          this.opened.push({ name, args });
          const nothing = { told: undefined, value: undefined, error: undefined };
          query = { name, reference, args, ...nothing, listeners: new Set() };
          this.queries.set(key, query);
        }
        query.listeners.add(listener);
        return () => {
          query.listeners.delete(listener);
          if (query.listeners.size === 0) this.queries.delete(key);
        };
      },
      localQueryResult: () => {
        const query = this.queries.get(key);
        if (query?.error) throw query.error;
        return query?.value;
      },
    };
  }

  /** All that is subscribed to, as of now. `between` runs after each listener. */
  async transition(between: () => void = () => undefined): Promise<void> {
    const open = [...this.queries.values()];
    const results = await Promise.all(open.map((query) => this.run(query)));
    const changed = open.filter((query, i) => {
      const { told, value, error } = results[i]!;
      if (query.told === told) return false;
      Object.assign(query, { told, value, error });
      return true;
    });
    for (const { listeners } of changed) {
      for (const listener of [...listeners]) {
        listener();
        between();
      }
    }
    await Promise.resolve();
    await Promise.resolve();
  }

  /** Transitions until nothing more is asked. */
  async settle(): Promise<void> {
    for (let opened = -1; opened !== this.opened.length;) {
      opened = this.opened.length;
      await this.transition();
    }
  }

  private async run({ name, reference, args }: Open) {
    try {
      const value = this.spoken(name, await this.caller.query(reference as never, args as never));
      return { told: keyOf(value), value, error: undefined };
    } catch (cause) {
      const error = cause as Error;
      return { told: `error ${error.message}`, value: undefined, error };
    }
  }
}
