// @vitest-environment happy-dom
/** Failures that may pass: what hooks say meanwhile, and how seldom they ask again. */
import { act, cleanup, renderHook } from "@testing-library/react";
import { ConvexError } from "convex/values";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fallbackApi, rollupsApi } from "../../../src/dashboard/api.js";
import {
  RollupsProvider,
  useAggregate,
  useFlag,
  useFreshness,
  useRollupHealth,
  type AggregateQuery,
} from "../../../src/react/index.js";
import { passingCode } from "../../../src/react/passing.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { rows } from "../support/views.js";

const query: AggregateQuery = { measures: ["views.count"] };
const tenantId = "acme";
const args = { tenantId, query, freshness: "live" };
const prefix = "[CONVEX Q(aggregates:rows)] [Request ID: 5f3d]";

const redacted = new Error(`${prefix} Server Error\n  Called by client`);
const timedOut = new Error(
  `${prefix} Server Error\nFunction execution timed out (maximum duration: 1000ms)\n  Called by client`,
);
const thrown = new Error(`${prefix} Server Error\nUncaught Error: boom\n  Called by client`);

let client: ScriptedClient;

beforeEach(() => {
  vi.useFakeTimers();
  client = new ScriptedClient();
  client.respond((name) => {
    if (name === "flags:get") return { mode: "on" };
    if (name === "aggregates:freshness") return { watermark: "10", foldedTo: "10", lagMs: 0 };
    return undefined;
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const wrapper = ({ children }: { children: ReactNode }) => (
  <RollupsProvider
    api={rollupsApi}
    fallback={fallbackApi}
    tenant={{ tenantId }}
    timezone="UTC"
    client={client.asClient}
  >
    {children}
  </RollupsProvider>
);

/** Time passes step by step: React looks around between them. */
async function pass(ms: number) {
  const step = Math.min(ms, 500);
  for (let passed = 0; passed <= ms; passed += step || 1) {
    await act(() => vi.advanceTimersByTimeAsync(step));
  }
}
const answer = (name: string, of: Record<string, unknown>, result: unknown) =>
  act(async () => client.answer(name, of, result));
const asked = () => client.countAsked("aggregates:rows");
const isOpen = () => client.open("aggregates:rows").length > 0;

async function open() {
  const hook = renderHook(() => useAggregate(query), { wrapper });
  await pass(0);
  return hook;
}

describe("a subscription that fails for a reason that may pass", () => {
  test.each([
    ["ServerError", redacted],
    ["TimedOut", timedOut],
  ])("says %s, is left, and is taken up again until there is an answer", async (code, error) => {
    const { result } = await open();
    await answer("aggregates:rows", args, error);
    expect(result.current).toMatchObject({ status: "error", data: undefined });
    expect(result.current.error).toMatchObject({ code, kind: "unavailable", isUnavailable: true });
    // Nobody makes the backend run it: no write does either.
    expect(isOpen()).toBe(false);
    await pass(2000);
    expect([isOpen(), asked()]).toEqual([true, 2]);
    // What was wrong is said until something is right.
    expect(result.current.error).toMatchObject({ code });
    await answer("aggregates:rows", args, rows([{ "views.count": 3 }]));
    expect(result.current).toMatchObject({
      status: "success",
      data: [{ "views.count": 3 }],
      servedBy: "views.by_genre@1",
    });
    await pass(60_000);
    expect([isOpen(), asked()]).toEqual([true, 2]);
  });

  test("is taken up later and later, to a minute, and soon again after an answer", async () => {
    client.respond((name) => (name === "flags:get" ? { mode: "on" } : redacted));
    const { result } = await open();
    const perMinute: number[] = [];
    for (let minute = 0; minute < 4; minute++) {
      const before = asked();
      await pass(60_000);
      perMinute.push(asked() - before);
    }
    expect(perMinute[0]).toBeGreaterThanOrEqual(3);
    expect(perMinute[0]).toBeLessThanOrEqual(6);
    expect(Math.max(...perMinute.slice(1))).toBeLessThanOrEqual(2);
    client.respond(() => undefined);
    await pass(60_000);
    await answer("aggregates:rows", args, rows([{ "views.count": 1 }]));
    expect(result.current.status).toBe("success");
    const before = asked();
    await answer("aggregates:rows", args, redacted);
    await pass(2000);
    expect(asked()).toBe(before + 1);
  });

  test("keeps rows that answer the very question beside what is wrong", async () => {
    const { result } = await open();
    await answer("aggregates:rows", args, rows([{ "views.count": 3 }]));
    await answer("aggregates:rows", args, redacted);
    expect(result.current).toMatchObject({
      status: "error",
      data: [{ "views.count": 3 }],
      isPlaceholderData: true,
    });
  });

  test("is taken up at once where somebody asks for it", async () => {
    const { result } = await open();
    await answer("aggregates:rows", args, redacted);
    act(() => result.current.retry());
    await pass(5);
    expect([isOpen(), asked()]).toEqual([true, 2]);
  });

  test("of flag, freshness and health is left and taken up as well", async () => {
    client.respond(() => redacted);
    const { result } = renderHook(
      () => ({ flag: useFlag(), freshness: useFreshness(), health: useRollupHealth() }),
      { wrapper },
    );
    await pass(0);
    for (const { error } of [result.current.flag, result.current.freshness, result.current.health])
      expect(error).toMatchObject({ code: "ServerError" });
    const names = ["flags:get", "aggregates:freshness", "aggregates:health"];
    expect(names.map((name) => client.open(name).length)).toEqual([0, 0, 0]);
    client.respond((name) => (name === "flags:get" ? { mode: "off" } : undefined));
    await pass(2000);
    expect(names.map((name) => client.open(name).length)).toEqual([1, 1, 1]);
    expect(result.current.flag).toMatchObject({ mode: "off", error: null });
  });
});

describe("a subscription that fails for another reason", () => {
  test.each([
    ["Internal", thrown],
    ["NoRollup", new ConvexError({ code: "NoRollup", message: redacted.message })],
  ])("stays: the backend answers by itself when %s is over", async (code, error) => {
    if (error instanceof ConvexError) error.message = redacted.message;
    const { result } = await open();
    await answer("aggregates:rows", args, error);
    await pass(60_000);
    expect(result.current.error).toMatchObject({ code });
    expect([isOpen(), asked()]).toEqual([true, 1]);
  });
});

test("a redacted failure is told by its end, whoever asks", () => {
  expect(passingCode("[Request ID: 1] Server Error")).toBe("ServerError");
  expect(passingCode("[Request ID: 1] Server Error\nUncaught Error: x")).toBeUndefined();
});
