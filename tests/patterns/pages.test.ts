// @vitest-environment happy-dom
/** Pages count what they ask, and report it now and then: with the hooks, with Cube's transport, and never in the way. */
import { ConvexError } from "convex/values";
import { act, cleanup, renderHook } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { makeFunctionReference } from "convex/server";
import { ConvexProvider } from "convex/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { CubeTransport } from "../../src/cube/index.js";
import { rollupsApi } from "../../src/dashboard/api.js";
import { PatternReports, type ReportFunction } from "../../src/patterns/index.js";
import { RollupsProvider, useAggregate, useRollup } from "../../src/react/index.js";
import { ScriptedClient } from "../src/support/scriptedClient.js";
import { byGenre, rows } from "../src/support/views.js";

const tenantId = "acme";
const report = makeFunctionReference<"action">("patterns:report") as ReportFunction;
const minute = 60_000;

/** A client of a server that stores reports, refuses them, or has no room. */
class ReportingServer extends ScriptedClient {
  outcome: boolean | Error = true;
  isConnected = true;
  override async action(reference: ReportFunction, args: Record<string, unknown> = {}) {
    await super.action(reference, args);
    if (this.outcome instanceof Error) throw this.outcome;
    return this.outcome;
  }
  connectionState() {
    return { isWebSocketConnected: this.isConnected };
  }
  get reports() {
    return this.actions.map(({ args }) => args["questions"] as Record<string, unknown>[]);
  }
}

let client: ReportingServer;
let patterns: PatternReports;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  client = new ReportingServer();
  patterns = new PatternReports(client, report);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const count = { measures: ["views.count"] };
const asked = (query: object) => JSON.stringify({ tenantId, query });
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a page", () => {
  test("reports a form once, with how often it was asked since, ever more rarely", async () => {
    const of = (day: string) => ({
      ...count,
      timeDimensions: [{ dimension: "views.at", dateRange: day }],
    });
    for (const day of ["2026-01-01", "2026-01-02", "2026-01-03"]) {
      patterns.saw(asked(of(day)), "views.totals@1");
    }
    patterns.saw(asked(count), "NoRollup");
    await pass(minute - 1);
    expect(client.reports).toEqual([]);
    await pass(1);
    expect(client.actions[0]).toMatchObject({ name: "patterns:report", args: { tenantId } });
    expect(client.reports).toEqual([
      [
        { query: of("2026-01-03"), asked: 3, route: "views.totals@1", held: false },
        { query: count, asked: 1, route: "NoRollup", held: false },
      ],
    ]);
    const times = [];
    for (let at = 1; at <= 8 * 60; at++) {
      patterns.saw(asked(count), "scan");
      const before = client.reports.length;
      await pass(minute);
      if (client.reports.length > before) times.push(at);
    }
    expect(times).toEqual([5, 15, 35, 75, 155, 235, 315, 395, 475]);
    expect(client.reports.flat().reduce((sum, one) => sum + (one["asked"] as number), 0)).toBe(479);
  });

  test("keeps what the minute has no room for, and drops what fails", async () => {
    client.outcome = false;
    patterns.saw(asked(count), "scan");
    await pass(minute);
    client.outcome = new Error("It is down.");
    patterns.saw(asked(count), "scan");
    await pass(5 * minute);
    client.outcome = true;
    await pass(100 * minute);
    expect(client.reports.map(([one]) => one!["asked"])).toEqual([1, 2]);
    patterns.saw(asked(count), "scan");
    await pass(100 * minute);
    expect(client.reports.map(([one]) => one!["asked"])).toEqual([1, 2, 1]);
  });

  test("reports nothing while it is hidden or not connected, and then all of it", async () => {
    const visibility = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    patterns.saw(asked(count), "scan");
    await pass(10 * minute);
    visibility.mockReturnValue("visible");
    client.isConnected = false;
    patterns.saw(asked(count), "scan");
    await pass(10 * minute);
    expect(client.reports).toEqual([]);
    client.isConnected = true;
    await pass(minute);
    expect(client.reports).toEqual([[expect.objectContaining({ asked: 2 })]]);
  });

  test("tells tenants apart, and reports twenty forms at a time", async () => {
    for (let i = 0; i < 150; i++) patterns.saw(asked({ measures: [`views.m${i}`] }), "scan");
    patterns.saw(JSON.stringify({ tenantId: "globex", query: count }), "scan");
    patterns.saw(asked(count), "Forbidden");
    await pass(minute);
    expect(client.actions.map(({ args }) => args["tenantId"])).toEqual([tenantId, "globex"]);
    expect(client.reports.map(({ length }) => length)).toEqual([20, 1]);
    await pass(10 * 80 * minute);
    // More than a hundred are not remembered.
    expect(client.reports.map(({ length }) => length)).toEqual([20, 1, 20, 20, 20, 20]);
  });
});

describe("hooks", () => {
  const expected = [{ "views.genre": "drama", "views.count": 2 }];
  const wire = { ...byGenre, order: [["views.genre", "asc"]] };
  const args = { tenantId, query: wire, freshness: "live" };

  test("with a provider count a question once, however often its answer changes", async () => {
    const wrapper = ({ children }: { children: ReactNode }) =>
      createElement(RollupsProvider, {
        api: rollupsApi,
        tenant: { tenantId },
        timezone: "UTC",
        client: client.asClient,
        patterns,
        children,
      });
    let renders = 0;
    const { result, rerender } = renderHook(
      ({ query }) => {
        renders++;
        return useAggregate(query);
      },
      { wrapper, initialProps: { query: byGenre as object } },
    );
    await act(async () => void (await null));
    for (const value of [1, 2, 3]) {
      act(() =>
        client.answer("aggregates:rows", args, rows([{ ...expected[0], "views.count": value }])),
      );
    }
    expect(result.current.data).toEqual([{ ...expected[0], "views.count": 3 }]);
    rerender({ query: count });
    await act(async () => void (await null));
    const refused = new ConvexError({ code: "NoRollup", message: "No." });
    act(() => client.answer("aggregates:rows", { ...args, query: count }, refused));
    expect(result.current.error?.code).toBe("NoRollup");
    const before = renders;
    await act(() => pass(minute));
    expect(renders).toBe(before);
    const { servedBy } = rows([]);
    expect(client.reports).toEqual([
      [
        { query: wire, asked: 1, route: servedBy, held: false },
        { query: count, asked: 1, route: "NoRollup", held: false },
      ],
    ]);
    expect(client.mutations).toEqual([]);
  });

  test("without a provider count alike, and none where they are not told to", async () => {
    const wrapper = ({ children }: { children: ReactNode }) =>
      createElement(ConvexProvider, { client: client.asClient, children });
    const ask = (given: object) =>
      renderHook(
        () => useRollup(rollupsApi.rows as never, { tenantId } as never, byGenre as never, given),
        {
          wrapper,
        },
      );
    ask({});
    ask({ patterns });
    await act(async () => void (await null));
    const key = { freshness: "live", query: wire, tenantId };
    const opened = client.open("aggregates:rows");
    expect(opened).toEqual([key]);
    for (const data of [[], expected])
      act(() => client.answer("aggregates:rows", opened[0]!, rows(data)));
    await act(() => pass(minute));
    const { servedBy: route } = rows([]);
    expect(client.reports).toEqual([[{ query: wire, asked: 1, route, held: false }]]);
  });
});

describe("Cube's transport", () => {
  const query = { measures: ["views.count"] };
  const answer = {
    query: { measures: ["views.count"], dimensions: [], timeDimensions: [], order: [] },
    data: [{ "views.count": 5 }],
    annotation: { measures: {}, dimensions: {}, segments: {}, timeDimensions: {} },
    ...{ servedBy: "views.totals@1", exact: true },
  };

  test("reports what is loaded, what is refused, and a subscription once", async () => {
    client.respond((name) => {
      return name === "aggregates:load" ? answer : undefined;
    });
    const options = { client, api: api.aggregates, tenant: { tenantId }, patterns };
    const transport = new CubeTransport(options);
    const ask = async (method: string, wanted = 1) => {
      const seen: unknown[] = [];
      const requested = transport.request(method, { query });
      const handle = async (
        response: { text(): Promise<string> },
        next: () => Promise<unknown>,
      ) => {
        seen.push(JSON.parse(await response.text()));
        if (seen.length < wanted) await next();
      };
      return { seen, isDone: requested.subscribe(handle as never), requested };
    };
    await (
      await ask("load")
    ).isDone;
    await (
      await ask("load")
    ).isDone;
    client.respond((name) =>
      name === "aggregates:load"
        ? new ConvexError({ code: "NoRollup", message: "No." })
        : undefined,
    );
    const refused = await ask("load");
    await refused.isDone;
    expect(refused.seen).toMatchObject([{ code: "NoRollup" }]);
    const { seen, isDone, requested } = await ask("subscribe", 2);
    for (const value of [1, 2]) {
      await pass(0);
      const data = [{ "views.count": value }];
      client.answer("aggregates:rows", { tenantId, query }, { ...answer, data });
      await pass(0);
    }
    await isDone;
    expect(seen).toHaveLength(2);
    await requested.unsubscribe();
    await pass(minute);
    expect(client.reports).toEqual([
      [
        { query, asked: 3, route: "views.totals@1", held: false },
        { query, asked: 1, route: "NoRollup", held: false },
      ],
    ]);
  });
});
