/**
 * A Convex client whose server is a script: the test says what each query answers, and when. It
 * offers the part of `ConvexReactClient` that `convex/react` and the hooks use.
 */
import type { ConvexReactClient } from "convex/react";
import { getFunctionName, type FunctionReference } from "convex/server";

type Args = Record<string, unknown>;
type AnyReference = FunctionReference<"query" | "mutation">;

const keyOf = (name: string, args: Args) => `${name} ${JSON.stringify(args)}`;

export class ScriptedClient {
  /** Every subscription and one-shot query, in order. */
  readonly asked: { name: string; args: Args }[] = [];
  readonly mutations: { name: string; args: Args }[] = [];
  readonly actions: { name: string; args: Args }[] = [];
  #results = new Map<string, unknown>();
  #listeners = new Map<string, Set<() => void>>();
  #onAsk: (name: string, args: Args) => unknown = () => undefined;

  /** What queries answer by themselves; `undefined` leaves them pending until `answer`. */
  respond(onAsk: (name: string, args: Args) => unknown): void {
    this.#onAsk = onAsk;
  }

  /** Sets a result (an Error makes the query fail) and tells its subscribers. */
  answer(name: string, args: Args, result: unknown): void {
    const key = keyOf(name, args);
    this.#results.set(key, result);
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }

  /** Arguments of the open subscriptions to a query. */
  open(name: string): Args[] {
    return [...this.#listeners]
      .filter(([key, listeners]) => key.startsWith(`${name} `) && listeners.size > 0)
      .map(([key]) => JSON.parse(key.slice(name.length + 1)) as Args);
  }

  countAsked(name: string): number {
    return this.asked.filter((one) => one.name === name).length;
  }

  watchQuery(reference: AnyReference, args: Args = {}) {
    const name = getFunctionName(reference);
    const key = keyOf(name, args);
    return {
      onUpdate: (listener: () => void) => {
        const listeners = this.#listeners.get(key) ?? new Set();
        this.#listeners.set(key, listeners);
        listeners.add(listener);
        if (listeners.size === 1) {
          this.asked.push({ name, args });
          const result = this.#onAsk(name, args);
          if (result !== undefined) queueMicrotask(() => this.answer(name, args, result));
        }
        return () => {
          listeners.delete(listener);
          if (listeners.size === 0) this.#results.delete(key);
        };
      },
      localQueryResult: () => {
        const result = this.#results.get(key);
        if (result instanceof Error) throw result;
        return result;
      },
      journal: () => undefined,
    };
  }

  async query(reference: AnyReference, args: Args = {}): Promise<unknown> {
    const name = getFunctionName(reference);
    this.asked.push({ name, args });
    const result = await this.#onAsk(name, args);
    if (result instanceof Error) throw result;
    return result;
  }

  async mutation(reference: AnyReference, args: Args = {}): Promise<unknown> {
    this.mutations.push({ name: getFunctionName(reference), args });
    return null;
  }

  async action(reference: FunctionReference<"action">, args: Args = {}): Promise<unknown> {
    this.actions.push({ name: getFunctionName(reference), args });
    return null;
  }

  get asClient(): ConvexReactClient {
    return this as unknown as ConvexReactClient;
  }
}
