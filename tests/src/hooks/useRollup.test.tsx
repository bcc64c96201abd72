// @vitest-environment happy-dom
/** The hook without a provider, on every version of React that it supports. */
import { ConvexError } from "convex/values";
import type { GenericId } from "convex/values";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { QueryOfCubes } from "../../../src/client/types/queries.js";
import type { RollupOptions } from "../../../src/react/useRollup.js";
import { api, type Cubes } from "../support/orders.js";
import * as react19 from "../support/reactKit.js";
import { react18Kit } from "../support/react18.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { rows } from "../support/views.js";

type Query = QueryOfCubes<Cubes>;
type OrgId = GenericId<"orgs">;

const acme = "acme" as OrgId;
const globex = "globex" as OrgId;
const count: Query = { measures: ["orders.count"] };
const revenue: Query = { measures: ["orders.revenue"] };

interface Props {
  query: Query | "skip";
  orgId?: OrgId;
  options?: RollupOptions;
}

const kits = [
  { release: "19", kit: react19 },
  { release: "18.3", kit: await react18Kit() },
];

describe.each(kits)("useRollup on React $release", ({ release, kit }) => {
  const { act, cleanup, renderHook, createElement, ConvexProvider, useRollup, StrictMode } = kit;
  let client: ScriptedClient;

  beforeEach(() => {
    client = new ScriptedClient();
  });
  afterEach(cleanup);

  const settle = () => act(async () => void (await new Promise((done) => setTimeout(done, 5))));

  function render(initialProps: Props, isStrict = false) {
    const shown: ReturnType<typeof useRollup>[] = [];
    const hook = renderHook(
      ({ query, orgId = acme, options }: Props) => {
        const answer = useRollup(api.rollups.rows, { orgId }, query, options);
        shown.push(answer as never);
        return answer;
      },
      {
        initialProps,
        wrapper: ({ children }) => {
          const below = isStrict ? createElement(StrictMode, null, children) : children;
          return createElement(ConvexProvider, { client: client.asClient }, below);
        },
      },
    );
    return { ...hook, shown };
  }

  const answer = (query: unknown, result: unknown, orgId = acme, freshness = "live") =>
    act(() => client.answer("rollups:rows", { freshness, orgId, query }, result));
  const refusal = (code: string, details = {}) =>
    new ConvexError({ code, message: `${code}!`, ...details });
  const three = rows([{ "orders.count": 3 }], "orders.by_status@1");

  test("runs on that release", () => {
    expect(kit.version.startsWith(release)).toBe(true);
  });

  test("is pending, then has the rows with their route", async () => {
    const { result } = render({ query: count });
    expect(result.current).toEqual({
      ...{ data: undefined, error: null, isPending: true, isPlaceholder: false },
      ...{ servedBy: undefined, exact: undefined, freshness: undefined, asOf: undefined },
      ...{ annotation: undefined, total: undefined },
    });
    answer(count, { ...three, exact: false, freshness: "folded", asOf: "7", total: 1 });
    expect(result.current).toEqual({
      ...{ data: [{ "orders.count": 3 }], error: null, isPending: false, isPlaceholder: false },
      ...{ servedBy: "orders.by_status@1", exact: false, freshness: "folded", asOf: "7" },
      ...{ annotation: three.annotation, total: 1 },
    });
  });

  test("moves live when the rows change", () => {
    const { result } = render({ query: count });
    answer(count, three);
    answer(count, rows([{ "orders.count": 4 }]));
    expect(result.current.data).toEqual([{ "orders.count": 4 }]);
  });

  test("keeps one subscription and returns one object while nothing changes", async () => {
    const { result, rerender } = render({ query: { ...count, limit: 5 } });
    answer({ limit: 5, ...count }, three);
    const before = result.current;
    rerender({ query: { limit: 5, measures: ["orders.count"] } });
    await settle();
    rerender({ query: { ...count, limit: 5, offset: undefined } as Query });
    await settle();
    expect(result.current).toBe(before);
    expect(client.countAsked("rollups:rows")).toBe(1);
  });

  test("returns one object while an error stays", async () => {
    const { result, rerender } = render({ query: count });
    answer(count, refusal("NoRollup"));
    const before = result.current;
    rerender({ query: { ...count } });
    await settle();
    expect(result.current).toBe(before);
  });

  test("keeps the rows as a placeholder while another query of the tenant loads", async () => {
    const { result, rerender } = render({ query: count });
    answer(count, three);
    rerender({ query: revenue });
    await settle();
    expect(result.current).toMatchObject({
      ...{ data: [{ "orders.count": 3 }], isPlaceholder: true, isPending: false },
      servedBy: "orders.by_status@1",
    });
    answer(revenue, rows([{ "orders.revenue": 9 }]));
    expect(result.current).toMatchObject({
      ...{ data: [{ "orders.revenue": 9 }], isPlaceholder: false, isPending: false },
    });
    expect(client.open("rollups:rows")).toEqual([
      { freshness: "live", orgId: acme, query: revenue },
    ]);
  });

  test("never shows a tenant's rows to another, not for one rendering", async () => {
    const { result, rerender, shown } = render({ query: count, orgId: acme });
    answer(count, three);
    const seen = shown.length;
    rerender({ query: count, orgId: globex });
    await settle();
    rerender({ query: revenue, orgId: globex });
    await settle();
    expect(shown.slice(seen).every(({ data, isPending }) => data === undefined && isPending)).toBe(
      true,
    );
    answer(revenue, rows([{ "orders.revenue": 8 }]), globex);
    expect(result.current.data).toEqual([{ "orders.revenue": 8 }]);
    rerender({ query: count, orgId: acme });
    await settle();
    expect(result.current).toMatchObject({ data: undefined, isPending: true });
  });

  test("shows no rows of another function", async () => {
    const other = { rollups: { rows: (api as never)["other"]["rows"] } } as unknown as typeof api;
    const { result, rerender } = renderHook(({ rows }) => useRollup(rows, { orgId: acme }, count), {
      initialProps: { rows: api.rollups.rows },
      wrapper: ({ children }) =>
        createElement(ConvexProvider, { client: client.asClient }, children),
    });
    answer(count, three);
    expect(result.current.data).toEqual([{ "orders.count": 3 }]);
    rerender({ rows: other.rollups.rows });
    await settle();
    expect(result.current).toMatchObject({ data: undefined, isPending: true });
    expect(client.countAsked("other:rows")).toBe(1);
  });

  test("asks nothing when skipped, and ends the subscription", async () => {
    const { result, rerender } = render({ query: "skip" });
    expect(result.current).toMatchObject({ data: undefined, isPending: true, error: null });
    expect(client.countAsked("rollups:rows")).toBe(0);
    rerender({ query: count });
    answer(count, three);
    rerender({ query: "skip" });
    await settle();
    expect(result.current).toMatchObject({ data: undefined, isPending: true });
    expect(client.open("rollups:rows")).toEqual([]);
  });

  test("has a refusal as a value, and recovers when there is an answer", () => {
    const { result } = render({ query: count });
    answer(count, refusal("NoRollup", { considered: ["by_status"] }));
    expect(result.current).toMatchObject({
      ...{ data: undefined, isPending: false, isPlaceholder: false },
      error: { code: "NoRollup", message: "NoRollup!", details: { considered: ["by_status"] } },
    });
    answer(count, three);
    expect(result.current).toMatchObject({ data: [{ "orders.count": 3 }], error: null });
  });

  test("keeps rows of the very query beside an error, and none of another", async () => {
    const { result, rerender } = render({ query: count });
    answer(count, three);
    answer(count, refusal("Behind"));
    expect(result.current).toMatchObject({
      ...{ data: [{ "orders.count": 3 }], isPlaceholder: true, isPending: false },
      error: { code: "Behind" },
    });
    rerender({ query: revenue });
    answer(revenue, refusal("NoRollup"));
    expect(result.current).toMatchObject({ data: undefined, error: { code: "NoRollup" } });
  });

  test("has the app's own errors and failures as values too", () => {
    const { result } = render({ query: count });
    answer(count, new ConvexError({ code: "NotMember", message: "Join first." }));
    expect(result.current.error).toEqual({
      code: "NotMember",
      message: "Join first.",
      details: {},
    });
    answer(count, new ConvexError("Join first."));
    expect(result.current.error).toEqual({ code: "Internal", message: "Join first.", details: {} });
    answer(count, new ConvexError({ code: 403, why: "late" }));
    expect(result.current.error).toMatchObject({ code: "Internal", details: { why: "late" } });
    // Production says no more than this, and adds the data.
    answer(count, Object.assign(new ConvexError("Join first."), { message: "Server Error" }));
    expect(result.current.error).toMatchObject({ code: "Internal", message: "Join first." });
    answer(count, new Error("Server Error\nUncaught Error: boom\n  Called by client"));
    expect(result.current.error).toMatchObject({ code: "Internal", details: {} });
  });

  test("leaves a query that fails for a reason that may pass, and asks again after a while", async () => {
    const { result } = render({ query: count });
    answer(count, three);
    answer(count, new Error("Server Error\n  Called by client"));
    expect(result.current).toMatchObject({
      ...{ data: [{ "orders.count": 3 }], isPending: false },
      error: { code: "ServerError", details: {} },
    });
    expect(client.open("rollups:rows")).toEqual([]);
    await act(async () => void (await new Promise((done) => setTimeout(done, 2100))));
    expect(client.open("rollups:rows")).toHaveLength(1);
    expect(result.current.error).toMatchObject({ code: "ServerError" });
    answer(count, three);
    expect(result.current).toMatchObject({ error: null, isPlaceholder: false });
  });

  test("asks for folded tiles only", () => {
    const { result } = render({ query: count, options: { freshness: "folded" } });
    answer(count, { ...three, freshness: "folded", asOf: "7" }, acme, "folded");
    expect(result.current).toMatchObject({ freshness: "folded", asOf: "7" });
  });

  test("sends the order as a list, which keeps it", () => {
    render({ query: { ...count, order: { "orders.count": "desc", "orders.revenue": "asc" } } });
    const order = [
      ["orders.count", "desc"],
      ["orders.revenue", "asc"],
    ];
    expect(client.open("rollups:rows")).toMatchObject([{ query: { order } }]);
  });

  test("works in strict mode", async () => {
    const { result, rerender } = render({ query: count }, true);
    answer(count, three);
    rerender({ query: revenue });
    await settle();
    expect(result.current).toMatchObject({ data: [{ "orders.count": 3 }], isPlaceholder: true });
    answer(revenue, rows([{ "orders.revenue": 9 }]));
    expect(result.current).toMatchObject({ data: [{ "orders.revenue": 9 }], isPlaceholder: false });
  });
});
