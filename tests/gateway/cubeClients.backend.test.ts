/** Cube's stock clients, unmodified, through a gateway: over WebSockets and HTTP they get what `aggregates:load` says. */
import type { ResultSet } from "@cubejs-client/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gateway } from "../../gateway/gateway.js";
import { byMonth, stock } from "../cube/movements.js";
import { gatewayOf, overHttp, overSockets, stageWithStock, until, type Stage } from "./stage.js";

let stage: Stage;
let gateway: Gateway;

beforeAll(async () => {
  stage = await stageWithStock();
  gateway = await gatewayOf(stage.backend);
});
afterAll(async () => {
  await gateway?.stop();
  await stage?.backend.stop();
});

const quantities = (set: ResultSet) => set.rawData().map((row) => row["inventory.quantity"]);

describe("over WebSockets", () => {
  test("a subscription tells the answer, and each write's", async () => {
    const { client, transport } = overSockets(gateway, stage.token);
    const told: ResultSet[] = [];
    const errors: unknown[] = [];
    const subscription = client.subscribe(byMonth, {}, (error, set) => {
      if (error) errors.push(error);
      else told.push(set);
    });
    await until(() => told.length === 1);
    expect(quantities(told[0]!)).toEqual([8, 5, 1]);
    await stage.tenant.send("inventory", [stock("2026-04-02T10:00", "Books", 11)]);
    await until(() => told.length === 2);
    const loaded = await stage.tenant.load(byMonth);
    expect(quantities(told[1]!)).toEqual([8, 5, 1, 11]);
    expect(told[1]!.rawData()).toEqual(
      loaded.data.map((row) => ({
        ...row,
        "inventory.occurredAt": row["inventory.occurredAt.month"],
      })),
    );
    const { results } = told[1]!.serialize().loadResponse as unknown as {
      results: { usedPreAggregations: object; watermark: string }[];
    };
    expect(results[0]!.watermark).toBe(loaded.watermark);
    expect(Object.keys(results[0]!.usedPreAggregations)).toEqual([loaded.servedBy.split("@")[0]]);
    expect(errors).toEqual([]);
    (subscription as unknown as { unsubscribe(): void }).unsubscribe();
    await transport.close();
  });
});
