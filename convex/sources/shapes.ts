/**
 * What a row of each source table holds. Apart from the mutations, so that an importer can run the
 * very checks of a real write (`parseRow`) without Convex's runtime.
 */
import type { RowShape } from "./rows.js";

export const watchShape = {
  videoId: { kind: "text" },
  title: { kind: "text" },
  channel: { kind: "text" },
  topics: { kind: "texts" },
  category: { kind: "text" },
  viewer: { kind: "text" },
  watchedAt: { kind: "time" },
  durationSeconds: { kind: "decimal", scale: 3, min: 0 },
} satisfies RowShape;

export const inventoryShape = {
  product: { kind: "text" },
  category: { kind: "text" },
  warehouse: { kind: "text" },
  kind: { kind: "oneOf", values: ["receipt", "shipment", "adjustment", "transfer", "return"] },
  quantity: { kind: "integer" },
  unitCost: { kind: "decimal", scale: 4, min: 0 },
  occurredAt: { kind: "time" },
} satisfies RowShape;
