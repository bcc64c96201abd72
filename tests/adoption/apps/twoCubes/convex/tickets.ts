import { v } from "convex/values";
import { internalMutation as raw } from "./_generated/server";
import { internalMutation } from "./rollups";

export const team = raw({ args: {}, handler: (ctx) => ctx.db.insert("teams", { name: "One" }) });

export const open = internalMutation({
  args: {
    team: v.id("teams"),
    openedAt: v.number(),
    estimatedAt: v.number(),
    points: v.number(),
  },
  handler: (ctx, ticket) => ctx.db.insert("tickets", { ...ticket, priority: "low" }),
});

export const replan = internalMutation({
  args: { id: v.id("tickets"), estimatedAt: v.number() },
  handler: (ctx, { id, estimatedAt }) => ctx.db.patch("tickets", id, { estimatedAt }),
});
