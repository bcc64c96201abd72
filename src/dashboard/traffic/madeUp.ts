/** Records as they might come in: of the values that the tenant's records have most. */
import type { ConvexReactClient } from "convex/react";
import type { AggregateQuery } from "../../react/index.js";
import { functions, type InventoryRow } from "../api.js";
import type { CubeName } from "../model/views.js";

/** Values of a dimension that are drawn from. */
const VALUES = 12;
const kinds = [
  "receipt",
  "shipment",
  "return",
  "adjustment",
] as const satisfies readonly InventoryRow["kind"][];

const drawn = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;

/** What writes one made-up record of now. */
export async function writerOf(
  client: ConvexReactClient,
  tenantId: string,
  cube: CubeName,
): Promise<() => Promise<unknown>> {
  const leading = async (dimension: string): Promise<string[]> => {
    const member = `${cube}.${dimension}`;
    const query: AggregateQuery = {
      ...{ measures: [`${cube}.count`], dimensions: [member], limit: VALUES },
      order: [[`${cube}.count`, "desc"]],
    };
    const { data } = (await client.query(functions.load, { tenantId, query })) as unknown as {
      data: readonly Record<string, unknown>[];
    };
    const values = data.map((row) => row[member]).filter((value) => typeof value === "string");
    return values.length > 0 ? values : ["Other"];
  };
  if (cube === "watch") {
    const [categories, channels, topics] = await Promise.all(
      ["category", "channel", "topic"].map(leading),
    );
    return () => {
      const number = 1 + Math.floor(Math.random() * 500);
      return client.mutation(functions.recordWatch, {
        tenantId,
        row: {
          ...{ key: crypto.randomUUID(), videoId: `live-${number % 40}` },
          ...{ title: `Live ${number % 40}`, viewer: `viewer-${number}` },
          ...{ channel: drawn(channels!), category: drawn(categories!), topics: [drawn(topics!)] },
          ...{ watchedAt: Date.now(), durationSeconds: 30 + Math.floor(Math.random() * 900) },
        },
      });
    };
  }
  const [categories, warehouses, products] = await Promise.all(
    ["category", "warehouse", "product"].map(leading),
  );
  return () => {
    const kind = drawn(kinds);
    const quantity = 1 + Math.floor(Math.random() * 40);
    return client.mutation(functions.recordInventory, {
      tenantId,
      row: {
        ...{ key: crypto.randomUUID(), product: drawn(products!), category: drawn(categories!) },
        ...{ warehouse: drawn(warehouses!), kind },
        ...{ quantity: kind === "shipment" ? -quantity : quantity },
        ...{ unitCost: Math.round(Math.random() * 2000) / 100 + 0.5, occurredAt: Date.now() },
      },
    });
  };
}
