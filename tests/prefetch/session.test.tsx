// @vitest-environment happy-dom
/** When what is asked ahead is given up, and when nothing is: a client whose server is a script, and its clock. */
import { act, cleanup } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AggregateQuery } from "../../src/react/index.js";
import { Prefetch, type PrefetchOptions } from "../../src/react/prefetch/index.js";
import { ScriptedClient } from "../src/support/scriptedClient.js";
import { rows } from "../src/support/views.js";
import { showScreen } from "./screen.js";

const ROWS = "aggregates:rows";
const one = (name: string): AggregateQuery => ({ measures: [`views.${name}`] });
const start = one("count");
const next = one("seconds");
const other = one("viewers");

let client: ScriptedClient;
/** Queries that the script leaves open. */
let slow: Set<string>;

beforeEach(() => {
  vi.useFakeTimers();
  client = new ScriptedClient();
  slow = new Set();
  client.respond((name, args) => {
    if (name !== ROWS) return undefined;
    const [measure] = (args["query"] as AggregateQuery).measures!;
    return slow.has(measure!) ? undefined : rows([{ [measure!]: 1 }]);
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
const opened = () => client.open(ROWS).map(({ query }) => (query as AggregateQuery).measures![0]);
const answerOf = (query: AggregateQuery, value: unknown) =>
  act(() =>
    client.answer(
      ROWS,
      { tenantId: "acme", query, freshness: "live" },
      rows([{ [query.measures![0]!]: value as never }]),
    ),
  );

function show(options: PrefetchOptions = {}) {
  const prefetch = new Prefetch(options);
  const screen = showScreen({ client: client.asClient, tenantId: "acme", prefetch }, [start]);
  return { ...screen, prefetch, go: (query: AggregateQuery) => screen.to([query]) };
}

/** To `next` and back: then `next` is likely, and asked ahead. */
async function taught(options?: PrefetchOptions) {
  const screen = show(options);
  await pass(500);
  screen.go(next);
  await pass(500);
  screen.go(start);
  await pass(500);
  return screen;
}

describe("what is asked ahead", () => {
  test("is the likely step, once the screen's own answers are there", async () => {
    const screen = show();
    await pass(500);
    screen.go(next);
    await pass(500);
    slow.add("views.count");
    screen.go(start);
    await pass(5000);
    expect(opened()).toEqual(["views.count"]);
    answerOf(start, 1);
    await pass(500);
    expect(opened()).toEqual(["views.count", "views.seconds"]);
    expect(screen.prefetch.figures()).toMatchObject({ asked: 1, calls: 1 });
  });

  test("is kept for half a minute, and counts as unused then", async () => {
    const { prefetch } = await taught();
    await pass(29_000);
    expect(opened()).toEqual(["views.count", "views.seconds"]);
    await pass(2000);
    expect(opened()).toEqual(["views.count"]);
    const { asked, unused, bytes, wastedBytes } = prefetch.figures();
    expect({ asked, unused }).toEqual({ asked: 1, unused: 1 });
    expect(wastedBytes).toBe(bytes);
  });

  test("is left when another step comes, also while its answer is on its way", async () => {
    const screen = show();
    await pass(500);
    screen.go(next);
    await pass(500);
    slow.add("views.seconds");
    screen.go(start);
    await pass(500);
    expect(opened()).toContain("views.seconds");
    screen.go(other);
    // In the same moment, not when the step is over.
    await act(async () => {});
    expect(opened()).toEqual(["views.viewers"]);
    expect(screen.prefetch.figures()).toMatchObject({ misses: 3, hits: 0, unused: 1 });
  });

  test("counts as late where its answer is on its way when it is asked", async () => {
    slow.add("views.viewers");
    const screen = show();
    await pass(500);
    screen.result.current.screen.ahead(other);
    await pass(50);
    screen.go(other);
    await pass(50);
    expect(client.asked.filter(({ name }) => name === ROWS)).toHaveLength(2);
    answerOf(other, 1);
    await pass(500);
    expect(screen.answers()[0]!.data).toEqual([{ "views.viewers": 1 }]);
    expect(screen.prefetch.figures()).toMatchObject({ late: 1, hits: 0, hitRate: 0 });
  });

  test("is paid for with each write that changes it, and given up where the budget ends", async () => {
    const { prefetch } = await taught({ budget: 4400 });
    const before = prefetch.figures();
    answerOf(next, 2);
    await pass(0);
    const after = prefetch.figures();
    expect(after.calls).toBe(before.calls + 1);
    expect(after.bytes).toBeGreaterThan(before.bytes);
    expect(after.leftBytes).toBeLessThan(before.leftBytes);
    for (let i = 0; i < 40; i++) {
      if (opened().includes("views.seconds")) answerOf(next, i + 10);
      await pass(0);
    }
    expect(opened()).toEqual(["views.count"]);
    expect(prefetch.figures().bytes).toBeLessThan(5000);
  });

  test("counts a board as one call, and each of its answers", async () => {
    const board = (value: number) =>
      [next, other].map((query) => {
        return { answer: rows([{ [query.measures![0]!]: value }]) };
      });
    client.respond((name) => (name === "aggregates:board" ? { answers: board(1) } : rows([])));
    const screen = show();
    await pass(500);
    screen.result.current.screen.ahead(next, other);
    await pass(50);
    const lengthOf = (value: number) =>
      board(value).reduce((sum, { answer }) => sum + JSON.stringify(answer).length, 0);
    expect(screen.prefetch.figures()).toMatchObject({ asked: 2, calls: 1, bytes: lengthOf(1) });
    const [args] = client.open("aggregates:board");
    act(() => client.answer("aggregates:board", args!, { answers: board(23) }));
    await pass(31_000);
    const bytes = lengthOf(1) + lengthOf(23);
    expect(screen.prefetch.figures()).toMatchObject({ calls: 2, bytes, wastedBytes: bytes });
  });

  test("keeps to three things that were dwelt on", async () => {
    const screen = show();
    await pass(500);
    for (const name of ["a", "b", "c", "d"]) {
      screen.result.current.screen.ahead(one(name));
      await pass(50);
    }
    expect(opened().sort()).toEqual(["views.b", "views.c", "views.count", "views.d"]);
  });
});

describe("nothing is asked ahead", () => {
  test("while the device or the client is offline", async () => {
    vi.stubGlobal("navigator", { onLine: false });
    expect((await taught()).prefetch.figures().asked).toBe(0);
    vi.unstubAllGlobals();
    cleanup();
    Object.assign(client, { connectionState: () => ({ isWebSocketConnected: false }) });
    expect((await taught()).prefetch.figures().asked).toBe(0);
    Object.assign(client, { connectionState: () => ({ isWebSocketConnected: true }) });
    cleanup();
    expect((await taught()).prefetch.figures().asked).toBe(1);
  });

  test("for a page that is hidden, which leaves what it has", async () => {
    let hidden = false;
    vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
    const { prefetch, go, result } = await taught();
    hidden = true;
    document.dispatchEvent(new Event("visibilitychange"));
    expect(opened()).toEqual(["views.count"]);
    const { asked } = prefetch.figures();
    result.current.screen.ahead(other);
    go(next);
    await pass(500);
    go(start);
    await pass(500);
    expect(prefetch.figures().asked).toBe(asked);
  });

  test("that the budget does not hold", async () => {
    expect((await taught({ budget: 3999 })).prefetch.figures().asked).toBe(0);
    cleanup();
    expect((await taught({ budget: 4000 })).prefetch.figures().asked).toBe(1);
  });

  test("of what is on the screen or asked ahead already", async () => {
    const { prefetch, result } = await taught();
    result.current.screen.ahead(start, next);
    expect(prefetch.figures().asked).toBe(1);
  });

  test("after the provider is gone", async () => {
    const { result, unmount, prefetch } = await taught();
    const { screen } = result.current;
    unmount();
    expect(opened()).toEqual([]);
    screen.ahead(other);
    await pass(60_000);
    expect(opened()).toEqual([]);
    expect(prefetch.figures()).toMatchObject({ asked: 1, unused: 1 });
  });
});

describe("what was learned", () => {
  const slot = "rollups:prefetch:1:ann";
  const keep = { storage: sessionStorage, user: "ann" };
  beforeEach(() => sessionStorage.clear());

  test("is there at the next visit, of the same tenant", async () => {
    (await taught({ keep })).unmount();
    expect(JSON.parse(sessionStorage.getItem(slot)!)).toMatchObject([["acme", expect.any(String)]]);
    const other = show({ keep: { ...keep, user: "ben" } });
    await pass(500);
    expect(other.prefetch.figures().asked).toBe(0);
    other.unmount();
    const { prefetch } = show({ keep });
    await pass(500);
    expect(opened()).toEqual(["views.count", "views.seconds"]);
    expect(prefetch.figures().asked).toBe(1);
  });

  test.each(["", "{", "7", "[[1,2]]", '[["acme","{}"]]', '[["acme",[]],null,["acme"]]'])(
    "begins again where what is stored is %j",
    async (text) => {
      sessionStorage.setItem(slot, text);
      const screen = await taught({ keep });
      expect(screen.prefetch.figures().asked).toBe(1);
      screen.unmount();
      expect(JSON.parse(sessionStorage.getItem(slot)!)).toHaveLength(1);
    },
  );

  test("is kept of four tenants, and of none after it is forgotten", async () => {
    const screen = await taught({ keep });
    const { asked } = screen.prefetch.figures();
    for (let i = 0; i < 6; i++) {
      screen.toTenant(`tenant-${i}`, [start]);
      await pass(500);
      // What follows there is nothing that another tenant has taught.
      expect(screen.prefetch.figures().asked).toBe(asked);
      screen.go(next);
      await pass(500);
    }
    screen.unmount();
    const stored = JSON.parse(sessionStorage.getItem(slot)!) as [string, string][];
    expect(stored.map(([tenantId]) => tenantId)).toEqual([2, 3, 4, 5].map((i) => `tenant-${i}`));
    screen.prefetch.forget();
    expect(sessionStorage.getItem(slot)).toBeNull();
  });

  test("is nothing more than memory where the storage is full or forbidden", async () => {
    const fail = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    const storage = { getItem: fail, setItem: fail, removeItem: fail };
    const { prefetch, unmount } = await taught({ keep: { storage, user: "ann" } });
    expect(prefetch.figures().asked).toBe(1);
    unmount();
    prefetch.forget();
  });
});
