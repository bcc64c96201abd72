/** How the app is asked: the one row of `config`. */
import type { MutationCtx } from "../_generated/server.js";

/** Takes the handle over where it is another one; whether it is the first. */
export async function setSource(ctx: Pick<MutationCtx, "db">, source: string): Promise<boolean> {
  const known = await ctx.db.query("config").first();
  if (known === null) await ctx.db.insert("config", { source, discoveredTo: null });
  else if (known.source !== source) await ctx.db.patch("config", known._id, { source });
  return known === null;
}
