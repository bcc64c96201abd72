import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  tickets: defineTable({
    team: v.id("teams"),
    openedAt: v.number(),
    estimatedAt: v.number(),
    priority: v.union(v.literal("low"), v.literal("high")),
    points: v.number(),
  })
    .index("by_team", ["team"])
    .index("by_team_and_opened", ["team", "openedAt"])
    .index("by_team_and_estimate", ["team", "estimatedAt"]),
  teams: defineTable({ name: v.string() }),
});
