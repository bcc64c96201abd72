import { Rollups } from "convex-rollups";
import { components } from "./_generated/api";
import * as server from "./_generated/server";
import schema from "./schema";

export const rollups = new Rollups(components.rollups, {
  schema,
  authorize: (_ctx, _tenant, _need) => {},
  timezone: "Europe/Berlin",
  cubes: {
    sales: {
      time: "soldAt",
      dimensions: { sku: "string", isOnline: "boolean" },
      measures: { count: "count", revenue: { sum: "price" } },
      rollups: {
        by_sku: { dimensions: ["sku", "isOnline"], levels: { day: "month", month: "year" } },
      },
    },
  },
});
export const { source, start, importRows, rows, load, explain, freshness, health } =
  rollups.functions();
export const { rebuild, refresh, replay, restore, verify } = rollups.admin();
export const { mutation, internalMutation } = rollups.mutations(server);
