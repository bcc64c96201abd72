// @vitest-environment happy-dom
import { act, cleanup, renderHook } from "@testing-library/react";
import { ConvexError } from "convex/values";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fallbackApi, rollupsApi } from "../../../src/dashboard/api.js";
import {
  RollupsProvider,
  useAggregate,
  useFlag,
  useOwnWrites,
  type AggregateQuery,
  type AnswerCache,
} from "../../../src/react/index.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { catalogue, rows } from "../support/views.js";

const count: AggregateQuery = { measures: ["views.count"] };
const seconds: AggregateQuery = { measures: ["views.seconds"] };
const freshness = {
  ...{ watermark: "10", foldedTo: "10" },
  ...{ lagMs: 3, unfoldedSince: null, backlog: false },
};

let client: ScriptedClient;
let mode: "on" | "off" | undefined;
let tenantId: string;
let cache: AnswerCache | undefined;

beforeEach(() => {
  client = new ScriptedClient();
  mode = "on";
  tenantId = "acme";
  cache = undefined;
  client.respond((name) => {
    if (name === "flags:get") return mode && { mode };
    if (name === "aggregates:freshness") return freshness;
    return undefined;
  });
});
afterEach(cleanup);

const wrapper = ({ children }: { children: ReactNode }) => (
  <RollupsProvider
    api={rollupsApi}
    fallback={fallbackApi}
    tenant={{ tenantId }}
    timezone="UTC"
    client={client.asClient}
    catalogue={catalogue}
    cache={cache}
  >
    {children}
  </RollupsProvider>
);

const settle = () => act(async () => void (await new Promise((done) => setTimeout(done, 60))));

async function render(query: AggregateQuery | "skip") {
  const hook = renderHook((asked: AggregateQuery | "skip") => useAggregate(asked), {
    wrapper,
    initialProps: query,
  });
  await settle();
  return hook;
}

const rowsArgs = (query: AggregateQuery, tenant = "acme") => ({
  tenantId: tenant,
  query,
  freshness: "live",
});

const answerRows = (query: AggregateQuery, value: unknown, tenant = "acme") =>
  act(() => client.answer("aggregates:rows", rowsArgs(query, tenant), value));

describe("useAggregate over rollups", () => {
  test("is pending, then shows rows with their route and freshness", async () => {
    const { result } = await render(count);
    expect(result.current).toMatchObject({ status: "pending", isPending: true });
    answerRows(count, rows([{ "views.count": 3 }]));
    expect(result.current).toMatchObject({
      status: "success",
      data: [{ "views.count": 3 }],
      source: "rollup",
      servedBy: "views.by_genre@1",
      exact: true,
      asOf: "10",
      lagMs: 3,
    });
  });

  test("keeps one subscription for equal query objects", async () => {
    const { rerender } = await render({ ...count, limit: 5 });
    rerender({ limit: 5, ...count });
    rerender({ measures: [...(count.measures ?? [])], limit: 5 });
    await settle();
    expect(client.countAsked("aggregates:rows")).toBe(1);
  });

  test("shares one subscription to flag and freshness among all hooks", async () => {
    renderHook(() => [useAggregate(count), useAggregate(seconds), useFlag()], { wrapper });
    await settle();
    expect(client.countAsked("flags:get")).toBe(1);
    expect(client.countAsked("aggregates:freshness")).toBe(1);
    expect(client.countAsked("aggregates:board")).toBe(1);
  });

  test("keeps the previous rows while the next question loads, and says which they answer", async () => {
    const { result, rerender } = await render(count);
    answerRows(count, rows([{ "views.count": 3 }]));
    rerender(seconds);
    await settle();
    expect(result.current).toMatchObject({
      data: [{ "views.count": 3 }],
      isPlaceholderData: true,
      query: count,
    });
    answerRows(seconds, rows([{ "views.seconds": 9 }]));
    expect(result.current).toMatchObject({
      data: [{ "views.seconds": 9 }],
      isPlaceholderData: false,
    });
  });

  test("moves live when the rows change", async () => {
    const { result } = await render(count);
    answerRows(count, rows([{ "views.count": 3 }]));
    answerRows(count, rows([{ "views.count": 4 }]));
    expect(result.current.data).toEqual([{ "views.count": 4 }]);
  });

  test("asks nothing when skipped, and forgets the subscription when it becomes skipped", async () => {
    const { result, rerender } = await render("skip");
    expect(client.countAsked("aggregates:rows")).toBe(0);
    rerender(count);
    await settle();
    answerRows(count, rows([{ "views.count": 3 }]));
    rerender("skip");
    await settle();
    expect(result.current).toMatchObject({ status: "pending", data: undefined });
    expect(client.open("aggregates:rows")).toEqual([]);
  });

  test("reports a refusal as a value, and asks again on retry", async () => {
    const { result } = await render(count);
    answerRows(count, new ConvexError({ code: "NoRollup", message: "none fits" }));
    expect(result.current).toMatchObject({ status: "error", isPending: false });
    expect(result.current.error).toMatchObject({ code: "NoRollup", isRefusal: true });
    act(() => result.current.retry());
    await settle();
    expect(client.countAsked("aggregates:rows")).toBe(2);
    answerRows(count, rows([{ "views.count": 3 }]));
    expect(result.current).toMatchObject({ status: "success", error: null });
  });

  test("never shows one tenant's rows to another", async () => {
    const { result, rerender } = await render(count);
    answerRows(count, rows([{ "views.count": 3 }]));
    tenantId = "globex";
    rerender(count);
    await settle();
    expect(result.current).toMatchObject({ status: "pending", data: undefined });
    answerRows(count, rows([{ "views.count": 8 }]), "globex");
    expect(result.current.data).toEqual([{ "views.count": 8 }]);
  });

  test("shows nothing before the flag is known", async () => {
    mode = undefined;
    const { result } = await render(count);
    answerRows(count, rows([{ "views.count": 3 }]));
    expect(result.current.status).toBe("pending");
    act(() => client.answer("flags:get", { tenantId }, { mode: "on" }));
    expect(result.current.status).toBe("success");
  });

  test("reports an error of the flag as its own", async () => {
    mode = undefined;
    const { result } = await render(count);
    const forbidden = new ConvexError({ code: "Forbidden", message: "not a member" });
    act(() => client.answer("flags:get", { tenantId }, forbidden));
    expect(result.current.error).toMatchObject({ code: "Forbidden" });
  });

  test("paints from the cache first, and writes answers to it", async () => {
    const stored = new Map<string, Parameters<AnswerCache["write"]>[2]>();
    cache = {
      read: (tenant, key) => {
        const found = stored.get(`${tenant} ${key}`);
        return found ? { ...found, source: "cache" } : null;
      },
      write: (tenant, key, answer) => void stored.set(`${tenant} ${key}`, answer),
    };
    const first = await render(count);
    answerRows(count, rows([{ "views.count": 3 }]));
    first.unmount();
    const { result } = await render(count);
    expect(result.current).toMatchObject({
      data: [{ "views.count": 3 }],
      source: "cache",
      isPlaceholderData: true,
    });
  });
});

describe("reading one's own writes", () => {
  const known = (watermark: string, foldedTo: string) =>
    act(() => client.answer("aggregates:freshness", { tenantId }, { watermark, foldedTo }));
  const folded = (value: number) => ({
    ...rows([{ "views.count": value }]),
    ...{ freshness: "folded", asOf: "7" },
  });

  async function writer() {
    const hook = renderHook(
      () => {
        const { atLeast, remember } = useOwnWrites();
        return { atLeast, remember, answer: useAggregate(count, { atLeast }) };
      },
      { wrapper },
    );
    await settle();
    return hook;
  }

  test("keeps earlier rows as placeholders until an answer includes the write, without an error", async () => {
    const { result } = await writer();
    expect(result.current.atLeast).toBeUndefined();
    answerRows(count, folded(3));
    expect(result.current.answer).toMatchObject({ data: [{ "views.count": 3 }], asOf: "7" });
    const written = { id: "v1", commitTs: 20n };
    act(() => expect(result.current.remember(written)).toBe(written));
    expect(result.current.atLeast).toBe("20");
    const waiting = { status: "success", isPlaceholderData: true, error: null };
    expect(result.current.answer).toMatchObject({ ...waiting, data: [{ "views.count": 3 }] });
    // Half of what is behind has been folded: those rows are not shown.
    known("20", "15");
    answerRows(count, folded(4));
    expect(result.current.answer).toMatchObject({ ...waiting, data: [{ "views.count": 3 }] });
    answerRows(count, folded(5));
    known("20", "20");
    expect(result.current.answer).toMatchObject({
      ...{ isPlaceholderData: false, data: [{ "views.count": 5 }], freshness: "folded" },
    });
    expect(client.countAsked("aggregates:rows")).toBe(1);
  });

  test("shows a live answer at once, for the write is in it", async () => {
    const { result } = await writer();
    answerRows(count, rows([{ "views.count": 3 }]));
    known("20", "10");
    answerRows(count, rows([{ "views.count": 4 }]));
    act(() => void result.current.remember({ commitTs: 20n }));
    expect(result.current.answer).toMatchObject({
      ...{ isPlaceholderData: false, data: [{ "views.count": 4 }], asOf: "20" },
    });
  });

  test("is pending where there are no earlier rows", async () => {
    const { result } = await writer();
    act(() => void result.current.remember({ commitTs: "20" }));
    answerRows(count, rows([{ "views.count": 3 }]));
    expect(result.current.answer).toMatchObject({
      status: "pending",
      data: undefined,
      error: null,
    });
    known("20", "10");
    expect(result.current.answer).toMatchObject({ status: "success", isPlaceholderData: false });
  });

  test("remembers the newest write of each tenant, for all hooks under one provider", async () => {
    const hook = renderHook(() => [useOwnWrites(), useOwnWrites()] as const, { wrapper });
    const [one] = hook.result.current;
    act(() => void one.remember({ commitTs: 20n }));
    act(() => void one.remember({ commitTs: 5n }));
    expect(hook.result.current.map(({ atLeast }) => atLeast)).toEqual(["20", "20"]);
    tenantId = "globex";
    hook.rerender();
    expect(hook.result.current.map(({ atLeast }) => atLeast)).toEqual([undefined, undefined]);
    tenantId = "acme";
    hook.rerender();
    expect(hook.result.current[1].atLeast).toBe("20");
  });

  test("needs a provider, and says so", () => {
    expect(() => renderHook(() => useOwnWrites())).toThrow("RollupsProvider");
  });
});
