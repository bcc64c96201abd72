import { v } from "convex/values";
import { internalMutation, mutation } from "./rollups";

const visit = { organization: v.string(), page: v.string(), seconds: v.number() };

export const add = mutation({
  args: visit,
  handler: (ctx, given) => ctx.db.insert("visits", given),
});

/** Another organization takes a visit over. */
export const move = internalMutation({
  args: { id: v.id("visits"), organization: v.string() },
  handler: (ctx, { id, organization }) => ctx.db.patch("visits", id, { organization }),
});
