/** A function inside the component that runs what a test wants to look at. */
import { mutationGeneric } from "convex/server";
import type { Value } from "convex/values";

let body: ((ctx: never) => Promise<unknown>) | null = null;

export const run = mutationGeneric({
  args: {},
  handler: async (ctx): Promise<Value> => (await body?.(ctx as never)) as Value,
});

/** Has `run` run `what` when `call` calls it. */
export async function look<T>(
  what: (ctx: never) => Promise<T>,
  call: () => Promise<unknown>,
): Promise<T> {
  body = what as typeof body;
  try {
    return (await call()) as T;
  } finally {
    body = null;
  }
}
