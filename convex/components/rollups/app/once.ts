/** Reads that several answers of one call have in common. */
import type { QueryCtx } from "./ctx.js";

/** What `read` gives. A board reads it once, by `key`; where answers share nothing each reads for itself. */
export function once<T>(ctx: QueryCtx, key: string, read: () => Promise<T>): Promise<T> {
  const { shared } = ctx;
  if (shared === undefined) return read();
  const found = (shared.get(key) as Promise<T> | undefined) ?? read();
  shared.set(key, found);
  return found;
}
