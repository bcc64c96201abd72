/** The one row of what the deployment's workers share. */
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";

type Upkeep = Pick<Doc<"upkeep">, "workers" | "walk">;

export async function readUpkeep(ctx: Pick<MutationCtx, "db">): Promise<Upkeep> {
  return (await ctx.db.query("upkeep").first()) ?? { workers: 0, walk: null };
}

export async function writeUpkeep(
  ctx: Pick<MutationCtx, "db">,
  change: Partial<Upkeep>,
): Promise<void> {
  const row = await ctx.db.query("upkeep").first();
  if (row === null) await ctx.db.insert("upkeep", { workers: 0, walk: null, ...change });
  else await ctx.db.patch("upkeep", row._id, change);
}
