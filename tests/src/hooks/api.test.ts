/** The hooks name the backend's functions themselves; here the compiler holds the two together. */
import { getFunctionName } from "convex/server";
import type { FunctionReturnType } from "convex/server";
import { describe, expect, expectTypeOf, test } from "vitest";
import { api } from "../../../convex/_generated/api";
import { functions as app } from "../../../src/dashboard/api";
import { functions, type AggregateRows } from "../../../src/hooks/api";

describe("the backend that the hooks expect", () => {
  test("has these functions", () => {
    const pairs = [
      [functions.tenants, api.tenants.mine],
      [functions.rows, api.aggregates.rows],
      [functions.freshness, api.aggregates.freshness],
      [functions.health, api.aggregates.health],
      [functions.flag, api.flags.get],
      [functions.setFlag, api.flags.set],
      [functions.head, api.sources.head],
      [functions.page, api.sources.page],
      [functions.changes, api.sources.changes],
      [app.activity, api.activity.recent],
      [app.recordWatch, api.watch.record],
      [app.recordInventory, api.inventory.record],
    ] as const;
    for (const [ours, theirs] of pairs) expect(getFunctionName(ours)).toBe(getFunctionName(theirs));
  });

  test("answers with what the hooks read", () => {
    type Theirs<Reference extends { _returnType: unknown }> = Reference["_returnType"];
    expectTypeOf<Theirs<typeof api.tenants.mine>>().toExtend<
      FunctionReturnType<typeof functions.tenants>
    >();
    expectTypeOf<Theirs<typeof api.aggregates.rows>>().toExtend<AggregateRows>();
    expectTypeOf<Theirs<typeof api.aggregates.freshness>>().toExtend<
      FunctionReturnType<typeof functions.freshness>
    >();
    expectTypeOf<Theirs<typeof api.aggregates.health>>().toExtend<
      FunctionReturnType<typeof functions.health>
    >();
    expectTypeOf<Theirs<typeof api.flags.get>>().toExtend<
      FunctionReturnType<typeof functions.flag>
    >();
    expectTypeOf<Theirs<typeof api.sources.page>>().toExtend<
      FunctionReturnType<typeof functions.page>
    >();
    expectTypeOf<Theirs<typeof api.sources.changes>>().toExtend<
      FunctionReturnType<typeof functions.changes>
    >();
    expectTypeOf<Theirs<typeof api.activity.recent>>().toExtend<
      FunctionReturnType<typeof app.activity>
    >();
  });
});
