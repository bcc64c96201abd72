/** Movements of stock, and a question about them, that tests of several clients share. */
import type { Query } from "@cubejs-client/core";

export function stock(at: string, category: string, quantity: number) {
  return {
    ...{ product: "Ada", category, warehouse: "North", unitCost: 1 },
    ...{ kind: quantity < 0 ? "shipment" : "receipt", quantity },
    occurredAt: Date.parse(`${at}Z`),
  };
}

export const byMonth: Query = {
  measures: ["inventory.quantity"],
  timeDimensions: [
    {
      dimension: "inventory.occurredAt",
      granularity: "month",
      dateRange: ["2026-01-01", "2026-04-30"],
    },
  ],
  timezone: "UTC",
};
