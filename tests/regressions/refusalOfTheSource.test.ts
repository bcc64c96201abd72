/**
 * A record that is no fact, written past capture. The app's source refuses to read it, and its refusal
 * reaches whoever asked, with field and record, across the boundary between app and component.
 */
import { expect, test } from "vitest";
import { openWorld } from "../simulation/runner.js";
import { instants } from "../simulation/source/rows.js";
import type { Writer } from "../simulation/world/world.js";

test("a scan over a record that is no fact is refused, and says which record and field", async () => {
  const world = await openWorld({
    seed: 1,
    zones: ["UTC", "UTC"],
    version: 0,
    cells: 256,
    steps: [],
  });
  let id = "";
  await world.mutate(async (execution) => {
    const { db } = execution.context("", true) as unknown as { db: Writer };
    id = await db.insert("sales", {
      ...{ tenantId: "north", at: instants[0], category: "a", warehouse: null, topics: [] },
      ...{ person: null, quantity: 0.5, size: null, price: null, note: 0 },
    });
  });
  await expect(world.load(0, { query: { measures: ["sales.count"] } })).rejects.toMatchObject({
    data: { code: "InvalidFact", field: "quantity", id },
  });
});
