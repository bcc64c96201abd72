import type { Id } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";

/** Used by several mutations. */
export async function refundOrder(ctx: Pick<MutationCtx, "db">, id: Id<"orders">): Promise<void> {
  await ctx.db.patch("orders", id, { status: "refunded" });
}
