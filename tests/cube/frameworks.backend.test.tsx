// @vitest-environment happy-dom
/**
 * Cube's clients for React and Vue, unmodified: React's hook over the push transport is told of each change once,
 * and over HTTP it loads what the stock client does; Vue's component loads.
 */
import cubeModule, { type CubeApi, type Query } from "@cubejs-client/core";
import { useCubeQuery } from "@cubejs-client/react";
import { QueryRenderer } from "@cubejs-client/vue3";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { ConvexReactClient } from "convex/react";
import { createApp, h } from "vue";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Tenant } from "../../bench/support/tenant.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import { mintToken } from "../../cli/connection.js";
import { api } from "../../convex/_generated/api.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp } from "../../local/push.js";
import { CubeTransport } from "../../src/cube/index.js";
import { startStage } from "../support/stage.js";
import { byMonth, stock } from "./movements.js";

/** The package is CommonJS without marks that Node could read its default export by. */
const cube = ((cubeModule as unknown as { default?: typeof cubeModule }).default ??
  cubeModule) as unknown as (token: string, options: object) => CubeApi;

const tenantId = "acme";
const patience = { timeout: 30_000, interval: 20 };

let backend: LocalBackend;
let tenant: Tenant;
let token: string;

beforeAll(async () => {
  backend = await startStage();
  await pushApp(backend, { cwd: projectRoot });
  tenant = await Tenant.open(backend, tenantId);
  token = await mintToken(backend, { subject: "ann" });
  await tenant.send("inventory", [
    stock("2026-01-05T10:00", "Books", 5),
    stock("2026-03-20T10:00", "Toys", 3),
  ]);
  await tenant.settled();
});
afterEach(cleanup);
afterAll(async () => {
  await backend?.stop();
});

function overHttp(): CubeApi {
  const headers = { "x-rollups-tenant": tenantId };
  return cube(token, { apiUrl: `${backend.siteUrl}/cubejs-api/v1`, headers });
}

describe("useCubeQuery", () => {
  test("subscribed over the push transport sees an insert, an edit and a removal once each", async () => {
    const client = new ConvexReactClient(backend.url, {
      webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
      logger: false,
    });
    client.setAuth(() => Promise.resolve(token));
    const transport = new CubeTransport({ client, api: api.aggregates, tenant: { tenantId } });
    const cubeApi = cube("", { transport });
    const query: Query = {
      measures: ["inventory.count", "inventory.quantity"],
      filters: [{ member: "inventory.category", operator: "equals", values: ["Games"] }],
    };
    /** What was shown, by the answer that it was of: a component may render an answer twice. */
    const seen: unknown[] = [];
    let last: unknown = null;
    const { unmount, result } = renderHook(() => {
      const { resultSet, error } = useCubeQuery(query, { subscribe: true, cubeApi });
      if (resultSet !== null && resultSet !== last) {
        last = resultSet;
        const [row] = resultSet.rawData();
        seen.push([row?.["inventory.count"] ?? 0, row?.["inventory.quantity"] ?? 0]);
      }
      return { error };
    });
    const told = (count: number) => waitFor(() => expect(seen).toHaveLength(count), patience);
    try {
      await told(1);
      const row = stock("2026-03-01T10:00", "Games", 4);
      const { id } = await client.mutation(api.inventory.record, { tenantId, row: row as never });
      await told(2);
      const edit = { tenantId, id: id as never, patch: { quantity: 9 } };
      await client.mutation(api.inventory.update, edit);
      await told(3);
      await client.mutation(api.inventory.remove, { tenantId, id: id as never });
      await told(4);
      await act(() => tenant.settled());
      expect(seen).toEqual([
        [0, 0],
        [1, 4],
        [1, 9],
        [0, 0],
      ]);
      expect(result.current.error).toBeNull();
    } finally {
      unmount();
      await client.close();
    }
  });

  test("over HTTP has the rows, the route and the pivot of the stock client", async () => {
    const cubeApi = overHttp();
    const { result } = renderHook(() => useCubeQuery(byMonth, { cubeApi }));
    await waitFor(() => expect(result.current.isLoading).toBe(false), patience);
    const { resultSet } = result.current;
    const loaded = await tenant.load(byMonth);
    expect(resultSet!.rawData().map((row) => row["inventory.quantity"])).toEqual(
      loaded.data.map((row) => row["inventory.quantity"]),
    );
    const { results } = resultSet!.serialize().loadResponse as unknown as {
      results: { usedPreAggregations: object }[];
    };
    expect(Object.keys(results[0]!.usedPreAggregations)).toEqual([loaded.servedBy.split("@")[0]]);
    // Months without records are filled.
    expect(resultSet!.chartPivot().map((row) => row["inventory.quantity"] as unknown)).toEqual([
      ...[5, 0, 3, 0],
    ]);
  });

  test("says a refusal by its code", async () => {
    const cubeApi = overHttp();
    const { result } = renderHook(() =>
      useCubeQuery({ measures: ["inventory.nothing"] }, { cubeApi }),
    );
    await waitFor(() => expect(result.current.error).not.toBeNull(), patience);
    expect(result.current.error).toMatchObject({ status: 400, response: { code: "InvalidQuery" } });
  });
});

describe("a result set of the stock client", () => {
  const byCategory: Query = { ...byMonth, dimensions: ["inventory.category"] };
  const onCategories = { x: ["inventory.occurredAt.month"], y: ["inventory.category", "measures"] };

  test("is pivoted, in the forms of charts and of tables", async () => {
    const set = await overHttp().load(byCategory);
    expect(set.pivot(onCategories)[0]).toEqual({
      xValues: ["2026-01-01T00:00:00.000"],
      yValuesArray: [
        [["Books", "inventory.quantity"], 5],
        [["Toys", "inventory.quantity"], 0],
      ],
    });
    expect(set.tablePivot()).toEqual([
      {
        "inventory.occurredAt.month": "2026-01-01T00:00:00.000",
        "inventory.category": "Books",
        "inventory.quantity": 5,
      },
      {
        "inventory.occurredAt.month": "2026-03-01T00:00:00.000",
        "inventory.category": "Toys",
        "inventory.quantity": 3,
      },
    ]);
    expect(set.tableColumns().map(({ key, shortTitle }) => [key, shortTitle])).toEqual([
      ["inventory.occurredAt.month", "Occurred at"],
      ["inventory.category", "Category"],
      ["inventory.quantity", "Quantity"],
    ]);
    expect(set.series(onCategories).map(({ title, series }) => [title, series.length])).toEqual([
      ["Books, Stock movements Quantity", 4],
      ["Toys, Stock movements Quantity", 4],
    ]);
  });

  test("is filled only where it is asked to be", async () => {
    const set = await overHttp().load(byMonth);
    expect(set.chartPivot({ fillMissingDates: false })).toHaveLength(2);
    expect(set.chartPivot({ fillMissingDates: true })).toHaveLength(4);
  });

  test("has numbers, whether they are cast or not", async () => {
    for (const castNumerics of [true, false]) {
      const set = await overHttp().load(byMonth, { castNumerics });
      expect(set.rawData()[0]!["inventory.quantity"]).toBe(5);
    }
  });

  test("has custom granularities, and fills them", async () => {
    const [time] = byMonth.timeDimensions!;
    const query = { ...byMonth, timeDimensions: [{ ...time!, granularity: "fiscalYear" }] };
    const set = await overHttp().load(query as Query);
    expect(set.chartPivot().map(({ x }) => x.slice(0, 10))).toEqual(["2025-04-01", "2026-04-01"]);
  });
});

describe("Vue's QueryRenderer", () => {
  test("loads", async () => {
    const shown: unknown[] = [];
    const app = createApp({
      render: () =>
        h(
          QueryRenderer,
          { cubejsApi: overHttp(), query: byMonth },
          {
            default: ({ resultSet }: { resultSet: { rawData(): object[] } | null }) => {
              if (resultSet != null) shown.push(resultSet.rawData());
              return h("div");
            },
          },
        ),
    });
    const root = document.createElement("div");
    app.mount(root);
    await expect.poll(() => shown.length, patience).toBeGreaterThan(0);
    const rows = shown.at(-1) as Record<string, unknown>[];
    expect(rows.map((row) => row["inventory.quantity"])).toEqual([5, 3]);
    app.unmount();
  });
});
