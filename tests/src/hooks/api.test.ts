/** The dashboard names the backend's functions itself; here the compiler holds the two together. */
import { getFunctionName } from "convex/server";
import type { FunctionReturnType } from "convex/server";
import { describe, expect, expectTypeOf, test } from "vitest";
import { api } from "../../../convex/_generated/api.js";
import { fallbackApi, functions as app, heldApi, rollupsApi } from "../../../src/dashboard/api.js";
import type { AggregateRows } from "../../../src/react/index.js";

describe("the backend that the hooks expect", () => {
  test("has these functions", () => {
    const pairs = [
      [app.tenants, api.tenants.mine],
      [rollupsApi.rows, api.aggregates.rows],
      [rollupsApi.freshness, api.aggregates.freshness],
      [rollupsApi.health, api.aggregates.health],
      [heldApi.key, api.held.key],
      [heldApi.catalog, api.held.catalog],
      [heldApi.tiles, api.held.tiles],
      [heldApi.tail, api.held.tail],
      [fallbackApi.flag, api.flags.get],
      [fallbackApi.setFlag, api.flags.set],
      [fallbackApi.report, api.flags.report],
      [fallbackApi.head, api.sources.head],
      [fallbackApi.page, api.sources.page],
      [fallbackApi.changes, api.sources.changes],
      [app.activity, api.activity.recent],
      [app.recordWatch, api.watch.record],
      [app.recordInventory, api.inventory.record],
    ] as const;
    for (const [ours, theirs] of pairs) expect(getFunctionName(ours)).toBe(getFunctionName(theirs));
  });

  test("answers with what the hooks read", () => {
    type Theirs<Reference extends { _returnType: unknown }> = Reference["_returnType"];
    expectTypeOf<Theirs<typeof api.tenants.mine>>().toExtend<
      FunctionReturnType<typeof app.tenants>
    >();
    expectTypeOf<Theirs<typeof api.aggregates.rows>>().toExtend<AggregateRows>();
    expectTypeOf<Theirs<typeof api.aggregates.freshness>>().toExtend<
      FunctionReturnType<typeof rollupsApi.freshness>
    >();
    expectTypeOf<Theirs<typeof api.aggregates.health>>().toExtend<
      FunctionReturnType<typeof rollupsApi.health>
    >();
    expectTypeOf<Theirs<typeof api.flags.get>>().toExtend<
      FunctionReturnType<typeof fallbackApi.flag>
    >();
    expectTypeOf<Theirs<typeof api.sources.page>>().toExtend<
      FunctionReturnType<typeof fallbackApi.page>
    >();
    expectTypeOf<Theirs<typeof api.sources.changes>>().toExtend<
      FunctionReturnType<typeof fallbackApi.changes>
    >();
    expectTypeOf<Theirs<typeof api.activity.recent>>().toExtend<
      FunctionReturnType<typeof app.activity>
    >();
  });
});
