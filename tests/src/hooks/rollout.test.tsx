// @vitest-environment happy-dom
/** A live page follows its tenant's rollout without losing its rows, and reports what it asks where both ways are compared. */
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { fallbackApi, rollupsApi } from "../../../src/dashboard/api.js";
import {
  RollupsProvider,
  useAggregate,
  useFlag,
  type Flag,
  type Rollout,
} from "../../../src/react/index.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { byGenre, catalogue, rows, view } from "../support/views.js";

const tenantId = "acme";
const wire = { ...byGenre, order: [["views.genre", "asc"]] } as const;
const total = { measures: ["views.count"] } as const;
const expected = [
  { "views.genre": "drama", "views.count": 2, "views.seconds": 30 },
  { "views.genre": "space", "views.count": 1, "views.seconds": 5 },
];
const rollback = {
  at: 1,
  from: "percent",
  percent: 25,
  reason: "differences",
  ...{ count: 1, most: 1, windowMs: 600_000 },
} as const;

function flagOf(mode: "on" | "off", stage: Rollout["stage"], cubes: Rollout["cubes"] = {}): Flag {
  const compares = stage !== "off";
  return { mode, rollout: { stage, percent: 25, compares, rollback: null, cubes } };
}

let client: ScriptedClient;
let flag: Flag;

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
const move = (next: Flag) => act(() => client.answer("flags:get", { tenantId }, next));
/** Once it is asked for, at the end of the tick. */
const answer = async () => {
  await act(async () => void (await null));
  act(() =>
    client.answer("aggregates:rows", { tenantId, query: wire, freshness: "live" }, rows(expected)),
  );
};

// Fetched once, by the first that needs them; how long that takes is not what is tested.
beforeAll(async () => {
  await import("../../../src/react/fallback/index.js");
  await import("../../../src/react/reports/index.js");
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});
beforeEach(() => {
  client = new ScriptedClient();
  client.respond((name) => {
    if (name === "flags:get") return flag;
    if (name === "aggregates:freshness") return { watermark: "10", lagMs: 3, backlog: false };
    if (name === "sources:head") return { asOf: "100" };
    if (name === "sources:page") {
      const facts = [view("drama", 10), view("drama", 20), view("space", 5)].map((fact, i) => ({
        id: String(i),
        fact,
      }));
      return { facts, cursor: null, isDone: true, asOf: "100", sourceFrom: null };
    }
    if (name === "sources:changes") {
      return { changes: [], asOf: "100", more: false, sourceFrom: null };
    }
    return undefined;
  });
});

describe("a live page", () => {
  test("follows its viewer from shadow to rollups, and a rollback back, with rows at every moment", async () => {
    flag = flagOf("off", "shadow");
    const seen: { status: string; data: unknown; source: unknown }[] = [];
    const { result } = renderHook(
      () => {
        const { status, data, source } = useAggregate(byGenre);
        seen.push({ status, data, source });
        return { status, data, source, ...useFlag() };
      },
      { wrapper },
    );
    await waitFor(() => expect(result.current.source).toBe("client"));
    expect(result.current).toMatchObject({
      data: expected,
      mode: "off",
      rollout: { stage: "shadow" },
    });
    const shown = seen.length - 1;

    move(flagOf("on", "percent"));
    await answer();
    expect(result.current).toMatchObject({ source: "rollup", data: expected, mode: "on" });

    const taken = { stage: "off", percent: 0, compares: false, rollback } as const;
    move(flagOf("on", "percent", { views: { mode: "off", rollout: taken } }));
    await waitFor(() => expect(result.current.source).toBe("client"));
    expect(result.current).toMatchObject({ data: expected, mode: "on" });
    expect(result.current.rollout?.cubes?.["views"]?.rollout?.rollback).toEqual(rollback);
    expect(client.open("aggregates:rows")).toEqual([]);

    move(flagOf("on", "on"));
    await answer();
    expect(result.current).toMatchObject({ source: "rollup", data: expected });
    for (const { status, data } of seen.slice(shown)) {
      expect([status, data]).toEqual(["success", expected]);
    }
  });

  test("answers one cube the old way while others are on", async () => {
    const off = {
      mode: "off",
      stage: "shadow",
      percent: 0,
      compares: false,
      rollback: null,
    } as const;
    flag = flagOf("on", "on", { views: off });
    const { result } = renderHook(() => [useAggregate(byGenre), useAggregate("skip")] as const, {
      wrapper,
    });
    await waitFor(() => expect(result.current[0].source).toBe("client"));
    expect(client.open("aggregates:rows")).toEqual([]);

    move(flagOf("off", "off", { views: flagOf("on", "on") }));
    await answer();
    expect(result.current[0].source).toBe("rollup");
  });
});

describe("questions", () => {
  test("are reported one at a time while both ways are compared: six a minute, each in its turn", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    flag = flagOf("off", "shadow");
    const { result } = renderHook(() => [useAggregate(byGenre), useAggregate(total)] as const, {
      wrapper,
    });
    await vi.waitFor(async () => {
      await act(() => vi.advanceTimersByTimeAsync(10));
      expect(result.current.map(({ source }) => source)).toEqual(["client", "client"]);
    });
    await act(() => vi.advanceTimersByTimeAsync(1100));
    expect(client.actions).toHaveLength(1);
    await act(() => vi.advanceTimersByTimeAsync(9_000));
    expect(client.actions).toHaveLength(1);
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    expect(client.actions.map(({ name }) => name)).toEqual(["flags:report", "flags:report"]);
    const asked = client.actions.map(({ args }) => args["query"]);
    expect(asked).toEqual(expect.arrayContaining([wire, total]));
    expect(client.actions[0]?.args["tenantId"]).toBe(tenantId);
  });

  test("render nothing by it, and are not reported while nothing is compared", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    flag = { mode: "on", rollout: { ...flagOf("on", "on").rollout!, compares: false } };
    let renders = 0;
    const { result } = renderHook(
      () => {
        renders++;
        return useAggregate(byGenre);
      },
      { wrapper },
    );
    await act(() => vi.advanceTimersByTimeAsync(100));
    await answer();
    expect(result.current.source).toBe("rollup");
    await act(() => vi.advanceTimersByTimeAsync(30_000));
    expect(client.actions).toEqual([]);

    move(flagOf("on", "percent"));
    const before = renders;
    await act(() => vi.advanceTimersByTimeAsync(30_000));
    expect(client.actions).toEqual([{ name: "flags:report", args: { tenantId, query: wire } }]);
    expect(renders).toBe(before);
  });

  test("of an app whose flag is its own are answered as it says, and not reported", async () => {
    flag = { mode: "off" };
    const { result } = renderHook(() => ({ ...useAggregate(byGenre), ...useFlag() }), { wrapper });
    await waitFor(() => expect(result.current.source).toBe("client"));
    await settle();
    expect(result.current.rollout).toBe(undefined);
    expect(client.actions).toEqual([]);
  });
});
