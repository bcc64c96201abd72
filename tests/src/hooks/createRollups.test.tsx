// @vitest-environment happy-dom
/** The provider and hooks of an app with names of its own, on every version of React that they support. */
import { anyApi } from "convex/server";
import type { GenericId } from "convex/values";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FallbackApi } from "../../../src/react/index.js";
import { api } from "../support/orders.js";
import * as react19 from "../support/reactKit.js";
import { react18Kit } from "../support/react18.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { catalogue, rows, view } from "../support/views.js";

const kits = [
  { release: "19", kit: react19 },
  { release: "18.3", kit: await react18Kit() },
];

const fallback = {
  ...{ flag: anyApi["screens"]!["flag"], setFlag: anyApi["screens"]!["setFlag"] },
  ...{ head: anyApi["feed"]!["head"], page: anyApi["feed"]!["page"] },
  changes: anyApi["feed"]!["changes"],
} as unknown as FallbackApi;

const count = { measures: ["orders.count"] } as const;
const asked = (orgId: string) => ({ orgId, query: count, freshness: "live" });

describe.each(kits)("createRollups on React $release", ({ kit }) => {
  const { act, cleanup, renderHook, waitFor, createElement, createRollups } = kit;
  let client: ScriptedClient;
  let orgId: GenericId<"orgs">;

  beforeEach(() => {
    client = new ScriptedClient();
    orgId = "acme" as GenericId<"orgs">;
  });
  afterEach(cleanup);

  const settle = () => act(async () => void (await new Promise((done) => setTimeout(done, 20))));
  const app = createRollups({ api: api.rollups });
  const under = ({ children }: { children: ReactNode }) =>
    createElement(app.RollupsProvider, {
      ...{ client: client.asClient, tenant: { orgId }, timezone: "UTC", children },
    });

  test("asks the app's own functions with the app's own argument", async () => {
    const { result } = renderHook(() => app.useAggregate(count), { wrapper: under });
    await settle();
    expect(client.asked).toEqual([
      { name: "rollups:freshness", args: { orgId: "acme" } },
      { name: "rollups:rows", args: asked("acme") },
    ]);
    act(() => client.answer("rollups:rows", asked("acme"), rows([{ "orders.count": 3 }])));
    expect(result.current).toMatchObject({
      ...{ status: "success", source: "rollup", servedBy: "views.by_genre@1" },
      data: [{ "orders.count": 3 }],
    });
  });

  test("keeps its subscriptions when the tenant's object is a new one", async () => {
    const { rerender } = renderHook(() => app.useAggregate(count), { wrapper: under });
    await settle();
    rerender();
    await settle();
    expect(client.asked).toHaveLength(2);
  });

  test("never shows a tenant's rows to another", async () => {
    const { result, rerender } = renderHook(() => app.useAggregate(count), { wrapper: under });
    await settle();
    act(() => client.answer("rollups:rows", asked("acme"), rows([{ "orders.count": 3 }])));
    orgId = "globex" as GenericId<"orgs">;
    rerender();
    await settle();
    expect(result.current).toMatchObject({ status: "pending", data: undefined });
    expect(client.open("rollups:rows")).toEqual([asked("globex")]);
  });

  test("has no flag without functions for answers of the browser", async () => {
    const { result } = renderHook(() => app.useFlag(), { wrapper: under });
    await settle();
    expect(result.current.mode).toBe("on");
    await expect(result.current.setMode("off")).rejects.toThrow("answers of the browser");
    expect(client.mutations).toEqual([]);
  });

  test("fetches the engine and computes in the browser where the flag is off", async () => {
    const bound = createRollups({ api: api.rollups, fallback, cubes: catalogue });
    client.respond((name) => {
      if (name === "screens:flag") return { mode: "off" };
      if (name === "feed:head") return { asOf: "7" };
      const page = { facts: [{ id: "1", fact: view("drama", 10) }], cursor: null, isDone: true };
      if (name === "feed:page") return { ...page, asOf: "7", sourceFrom: null };
      if (name === "feed:changes") return { changes: [], asOf: "7", more: false, sourceFrom: null };
      return undefined;
    });
    const { result } = renderHook(
      () => bound.useAggregate({ measures: ["views.seconds"] } as never),
      {
        wrapper: ({ children }) =>
          createElement(bound.RollupsProvider, {
            ...{ client: client.asClient, tenant: { orgId }, timezone: "UTC", children },
          }),
      },
    );
    await waitFor(() => expect(result.current.source).toBe("client"), { timeout: 10_000 });
    expect(result.current).toMatchObject({ data: [{ "views.seconds": 10 }], servedBy: "browser" });
    const page = client.asked.find(({ name }) => name === "feed:page");
    expect(page?.args).toEqual({ orgId: "acme", cube: "views", cursor: null });
  });
});
