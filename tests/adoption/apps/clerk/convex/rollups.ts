import { Rollups } from "convex-rollups";
import { components } from "./_generated/api";
import * as server from "./_generated/server";
import schema from "./schema";

export const rollups = new Rollups(components.rollups, {
  schema,
  authorize: async (ctx, organization) => {
    const identity = await ctx.auth.getUserIdentity();
    if (identity?.["org_id"] !== organization) throw new Error("That is not your organization.");
  },
  cubes: {
    visits: {
      tenant: "organization",
      time: "_creationTime",
      dimensions: { page: "string" },
      measures: { count: "count", seconds: { sum: "seconds" }, mean: { avg: "seconds" } },
      rollups: { by_page: { dimensions: ["page"], levels: { hour: "day", day: "month" } } },
    },
  },
});
export const { source, start, rows, load, explain, freshness, health } = rollups.functions();
export const { mutation, internalMutation } = rollups.mutations(server);
