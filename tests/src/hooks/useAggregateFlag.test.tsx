// @vitest-environment happy-dom
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fallbackApi, rollupsApi } from "../../../src/dashboard/api.js";
import { RollupsProvider, useAggregate, type AggregateQuery } from "../../../src/react/index.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { byGenre, catalogue, rows, view } from "../support/views.js";

const tenantId = "acme";
const freshness = { watermark: "10", lagMs: 3, backlog: false };
/** As it travels: an order object becomes a list. */
const wire = { ...byGenre, order: [["views.genre", "asc"]] } as const;
const expected = [
  { "views.genre": "drama", "views.count": 2, "views.seconds": 30 },
  { "views.genre": "space", "views.count": 1, "views.seconds": 5 },
];

let client: ScriptedClient;
let mode: "on" | "off";

const wrapper = ({ children }: { children: ReactNode }) => (
  <RollupsProvider
    api={rollupsApi}
    fallback={fallbackApi}
    tenant={{ tenantId }}
    timezone="UTC"
    client={client.asClient}
    catalogue={catalogue}
  >
    {children}
  </RollupsProvider>
);

const settle = () => act(async () => void (await new Promise((done) => setTimeout(done, 60))));

async function render(query: AggregateQuery) {
  const hook = renderHook(() => useAggregate(query), { wrapper });
  await settle();
  return hook;
}

const answerRows = (query: AggregateQuery, value: unknown) =>
  act(() => client.answer("aggregates:rows", { tenantId, query, freshness: "live" }, value));

describe("useAggregate when the flag moves", () => {
  // Fetched once, by the first that needs it; how long that takes is not what is tested.
  beforeAll(() => import("../../../src/react/fallback/index.js"));
  afterEach(cleanup);

  beforeEach(() => {
    client = new ScriptedClient();
    mode = "on";
    client.respond((name) => {
      if (name === "flags:get") return { mode };
      if (name === "aggregates:freshness") return freshness;
      if (name === "sources:head") return { asOf: "100" };
      if (name === "sources:page") {
        const facts = [
          { id: "1", fact: view("drama", 10) },
          { id: "2", fact: view("drama", 20) },
          { id: "3", fact: view("space", 5) },
        ];
        return { facts, cursor: null, isDone: true, asOf: "100", sourceFrom: null };
      }
      if (name === "sources:changes")
        return { changes: [], asOf: "100", more: false, sourceFrom: null };
      return undefined;
    });
  });

  test("goes from rollups to the browser and back without losing its rows", async () => {
    const { result } = await render(byGenre);
    answerRows(wire, rows(expected));
    expect(result.current.source).toBe("rollup");
    const seen: (string | undefined)[] = [];
    const unsubscribe = setInterval(() => seen.push(result.current.status), 1);

    act(() => client.answer("flags:get", { tenantId }, { mode: "off" }));
    expect(result.current).toMatchObject({ data: expected, isPlaceholderData: true });
    await waitFor(() => expect(result.current.source).toBe("client"));
    expect(result.current).toMatchObject({
      status: "success",
      data: expected,
      isPlaceholderData: false,
      source: "client",
      servedBy: "browser",
      exact: true,
      asOf: "100",
      lagMs: 0,
    });
    expect(client.open("aggregates:rows")).toEqual([]);

    act(() => client.answer("flags:get", { tenantId }, { mode: "on" }));
    await settle();
    expect(result.current).toMatchObject({ source: "client", isPlaceholderData: true });
    answerRows(wire, rows(expected));
    expect(result.current).toMatchObject({ source: "rollup", isPlaceholderData: false });
    clearInterval(unsubscribe);
    expect(new Set(seen)).toEqual(new Set(["success"]));
  });

  test("says what is approximate, whoever computed it", async () => {
    const asked = { measures: ["views.count", "views.genres", "views.median"] } as const;
    const data = [{ "views.count": 3, "views.genres": 2, "views.median": 10 }];
    const approximate = { error: 0.01625, kind: "standard" };
    const { result } = await render(asked);
    const annotation = {
      measures: { "views.genres": { title: "", shortTitle: "", type: "number", approximate } },
      dimensions: {},
      timeDimensions: {},
    };
    answerRows(asked, { ...rows(data), annotation, exact: false });
    expect(result.current).toMatchObject({ source: "rollup", data, exact: false, annotation });

    act(() => client.answer("flags:get", { tenantId }, { mode: "off" }));
    await waitFor(() => expect(result.current.source).toBe("client"));
    expect(result.current).toMatchObject({ data, exact: false });
    const { measures } = result.current.annotation!;
    expect(measures["views.genres"]?.approximate).toEqual(approximate);
    expect(measures["views.median"]?.approximate).toEqual({ error: 0.01, kind: "relative" });
    expect(measures["views.count"]?.approximate).toBe(undefined);
  });

  test("computes live in the browser from the log's tail", async () => {
    mode = "off";
    const { result } = await render(byGenre);
    await waitFor(() => expect(result.current.data).toEqual(expected));
    const changes = [{ commitTs: "101", id: "4", after: view("space", 7) }];
    act(() =>
      client.answer(
        "sources:changes",
        { tenantId, cube: "views", after: "100" },
        { changes, asOf: "101", more: false, sourceFrom: null },
      ),
    );
    await waitFor(() => expect(result.current.asOf).toBe("101"));
    expect(result.current.data?.[1]).toEqual({
      "views.genre": "space",
      "views.count": 2,
      "views.seconds": 12,
    });
  });

  test("holds one subscription, or one feed, also when React mounts everything twice", async () => {
    const strict = { wrapper, reactStrictMode: true };
    const { result } = renderHook(() => useAggregate(byGenre), strict);
    await settle();
    answerRows(wire, rows(expected));
    expect(result.current.data).toEqual(expected);
    act(() => client.answer("flags:get", { tenantId }, { mode: "off" }));
    await waitFor(() => expect(result.current.source).toBe("client"));
    expect(client.countAsked("sources:page")).toBe(1);
    expect(client.open("sources:changes")).toHaveLength(1);
  });

  test("reports what the engine refuses as an error of that question alone", async () => {
    mode = "off";
    const wrong = await render({ measures: ["views.nothing"] });
    const right = await render(byGenre);
    expect(wrong.result.current.error).toMatchObject({ code: "InvalidQuery" });
    await waitFor(() => expect(right.result.current.data).toEqual(expected));
  });
});
