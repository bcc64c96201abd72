import { Rollups } from "convex-rollups";
import { components } from "./_generated/api";
import * as server from "./_generated/server";
import schema from "./schema";

/** Two cubes over one table: by when tickets were opened, and by when they are to be done. */
export const rollups = new Rollups(components.rollups, {
  schema,
  authorize: () => {},
  cubes: {
    opened: {
      table: "tickets",
      tenant: "team",
      time: "openedAt",
      dimensions: { priority: "string" },
      measures: { count: "count", points: { sum: "points" } },
      rollups: { by_priority: { dimensions: ["priority"], levels: { day: "month" } } },
    },
    planned: {
      table: "tickets",
      tenant: "team",
      time: "estimatedAt",
      dimensions: { priority: "string" },
      measures: { points: { sum: "points" }, largest: { max: "points" } },
      rollups: { totals: { dimensions: [], levels: { day: "month", month: "year" } } },
    },
  },
});
export const { source, start, rows, load, explain, freshness, health } = rollups.functions();
export const { mutation, internalMutation } = rollups.mutations(server);
