/** One query of a client that is subscribed to, and what was last taken from it. */
import type { ConvexReactClient } from "convex/react";
import type { DefaultFunctionArgs, FunctionReference } from "convex/server";

type Query<Value> = FunctionReference<"query", "public", DefaultFunctionArgs, Value>;

export class Subscription<Value> {
  /** As of the last `pull`; undefined before the first answer, and where there is an error. */
  value: Value | undefined;
  error: Error | null = null;
  private readonly unsubscribe: () => void;
  private readonly current: () => Value | undefined;
  private isStopped = false;
  /** Whether the client may have something else than was taken. */
  private isMoved = true;

  /** `changed` is told whether what came is the first answer, which somebody waits for. */
  constructor(
    client: ConvexReactClient,
    query: Query<Value>,
    args: DefaultFunctionArgs,
    changed: (isFirst: boolean) => void,
  ) {
    const watch = client.watchQuery(query, args);
    this.current = () => watch.localQueryResult() as Value | undefined;
    // A function of its own: the client keeps those of equal queries in one set, where one would stand for two.
    this.unsubscribe = watch.onUpdate(() => {
      this.isMoved = true;
      changed(this.isEmpty);
    });
  }

  /** Whether nothing has come yet. */
  get isEmpty(): boolean {
    return this.value === undefined && this.error === null;
  }

  /** Takes what the client has now; whether that is something new. */
  pull(): boolean {
    if (!this.isMoved) return false;
    this.isMoved = false;
    const { value, error } = this;
    try {
      this.value = this.current();
      this.error = null;
    } catch (cause) {
      this.value = undefined;
      this.error = cause instanceof Error ? cause : new Error(String(cause));
    }
    return this.value !== value || this.error?.message !== error?.message;
  }

  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.unsubscribe();
  }
}
