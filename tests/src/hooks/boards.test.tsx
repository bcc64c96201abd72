// @vitest-environment happy-dom
/** Questions that a screen asks together are one call; each is answered as if it were alone. */
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { rollupsApi } from "../../../src/dashboard/api.js";
import { RollupsProvider, useAggregate, type AggregateQuery } from "../../../src/react/index.js";
import { ScriptedClient } from "../support/scriptedClient.js";
import { rows } from "../support/views.js";

type Question = AggregateQuery & { freshness?: "live" | "folded" };
type Answer = (query: AggregateQuery) => unknown;

const count: AggregateQuery = { measures: ["views.count"] };
const seconds: AggregateQuery = { measures: ["views.seconds"] };
const viewers: AggregateQuery = { measures: ["views.viewers"] };
const sales: AggregateQuery = { measures: ["sales.count"] };
const BOARD = "aggregates:board";
const ROWS = "aggregates:rows";

let client: ScriptedClient;
let answerOf: Answer;

const nameOf = (query: AggregateQuery) => query.measures![0]!;
const answered = (query: AggregateQuery, value = 1) => rows([{ [nameOf(query)]: value }]);

type BoardArgs = { questions: { query: AggregateQuery; freshness: string }[] };
const boardArgs = (...queries: AggregateQuery[]) => ({
  tenantId: "acme",
  questions: queries.map((query) => ({ query, freshness: "live" })),
});
const names = (args: unknown) =>
  (args as BoardArgs).questions.map(({ query, freshness }) => `${nameOf(query)} ${freshness}`);

beforeEach(() => {
  client = new ScriptedClient();
  answerOf = (query) => ({ answer: answered(query) });
  client.respond((name, args) => {
    if (name === ROWS) return answered(args["query"] as AggregateQuery, 7);
    if (name !== BOARD) return undefined;
    return { answers: (args as BoardArgs).questions.map(({ query }) => answerOf(query)) };
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const settle = (ms = 30) =>
  act(async () => void (await new Promise((done) => setTimeout(done, ms))));

/** A screen with a widget for each question. */
async function render(questions: readonly Question[], api = rollupsApi as never) {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <RollupsProvider
      api={api}
      tenant={{ tenantId: "acme" }}
      timezone="UTC"
      client={client.asClient}
    >
      {children}
    </RollupsProvider>
  );
  let renders = 0;
  const useScreen = (asked: readonly (Question | "skip")[]) => {
    renders += 1;
    // Always as many hooks as at first.
    return questions.map((_, i) => {
      const one = asked[i] ?? "skip";
      if (one === "skip") return useAggregate("skip");
      const { freshness, ...query } = one;
      return useAggregate(query, { freshness });
    });
  };
  const hook = renderHook(useScreen, { wrapper, initialProps: questions });
  await settle();
  const shown = () => hook.result.current.map(({ data }) => data?.[0] && Object.values(data[0])[0]);
  return { ...hook, shown, renders: () => renders };
}

describe("questions that a screen asks together", () => {
  test("are one call, of one cube, and are answered each", async () => {
    const { result, shown } = await render([count, seconds, viewers]);
    expect(client.open(BOARD).map(names)).toEqual([
      ["views.count live", "views.seconds live", "views.viewers live"],
    ]);
    expect(client.countAsked(ROWS)).toBe(0);
    expect(shown()).toEqual([1, 1, 1]);
    expect(result.current[0]).toMatchObject({ status: "success", source: "rollup" });
  });

  test("are apart by cube and by freshness, so that no write runs what it does not change", async () => {
    await render([
      count,
      sales,
      seconds,
      { ...count, freshness: "folded" },
      { ...seconds, freshness: "folded" },
    ]);
    expect(client.open(BOARD).map(names)).toEqual([
      ["views.count live", "views.seconds live"],
      ["views.count folded", "views.seconds folded"],
    ]);
    expect(client.open(ROWS)).toMatchObject([{ query: sales, freshness: "live" }]);
  });

  test("render once where two widgets ask the same", async () => {
    const { shown } = await render([count, count, seconds]);
    expect(client.open(BOARD).map(names)).toEqual([["views.count live", "views.seconds live"]]);
    expect(shown()).toEqual([1, 1, 1]);
  });

  test("of which one changes keep the rows of the others", async () => {
    const { result, shown, renders } = await render([count, seconds]);
    const [before, other] = result.current.map(({ data }) => data);
    const board = boardArgs(count, seconds);
    act(() =>
      client.answer(BOARD, board, {
        answers: [{ answer: answered(count, 2) }, { answer: answered(seconds) }],
      }),
    );
    expect(shown()).toEqual([2, 1]);
    expect(result.current[0]!.data).not.toBe(before);
    expect(result.current[1]!.data).toBe(other);
    const sofar = renders();
    act(() =>
      client.answer(BOARD, board, {
        answers: [{ answer: answered(count, 2) }, { answer: answered(seconds) }],
      }),
    );
    expect(renders()).toBe(sofar);
  });

  test("of which one is refused: that one goes alone, and says what rows says", async () => {
    answerOf = (query) =>
      nameOf(query) === "views.seconds"
        ? { refusal: { code: "QueryTooLarge", message: "its share" } }
        : { answer: answered(query) };
    const { shown } = await render([count, seconds, viewers]);
    expect(client.open(ROWS)).toMatchObject([{ query: seconds }]);
    expect(shown()).toEqual([1, 7, 1]);
  });

  test("go alone where the board as a whole fails", async () => {
    client.respond((name, args) => {
      if (name === BOARD) return new Error("Server Error");
      return name === ROWS ? answered(args["query"] as AggregateQuery, 7) : undefined;
    });
    const { shown } = await render([count, seconds]);
    expect(client.open(BOARD)).toEqual([]);
    expect(client.open(ROWS)).toHaveLength(2);
    expect(shown()).toEqual([7, 7]);
  });

  test("go alone where the app has no board", async () => {
    const { board, ...api } = rollupsApi;
    expect(board).toBeDefined();
    const { shown } = await render([count, seconds], api as never);
    expect(client.countAsked(BOARD)).toBe(0);
    expect(shown()).toEqual([7, 7]);
  });
});

describe("a board", () => {
  test("is left as it is by a question that comes later", async () => {
    const { rerender, shown } = await render([count, seconds, viewers, viewers]);
    rerender([count, seconds, "skip" as never, viewers]);
    await settle();
    const asked = client.countAsked(BOARD);
    rerender([count, seconds, { measures: ["views.average"] }, viewers]);
    await settle();
    expect(client.countAsked(BOARD)).toBe(asked);
    expect(client.open(ROWS)).toMatchObject([{ query: { measures: ["views.average"] } }]);
    expect(shown()).toEqual([1, 1, 7, 1]);
  });

  test("is asked for the rest once most have left, and for nobody once all have", async () => {
    const { rerender, shown } = await render([count, seconds, viewers]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
    rerender(["skip" as never, "skip" as never, viewers]);
    await pass(100);
    expect(client.open(BOARD).map((args) => names(args).length)).toEqual([3]);
    await pass(1000);
    expect(client.open(BOARD).map(names)).toEqual([["views.viewers live"]]);
    expect(shown()[2]).toBe(1);
    rerender(["skip" as never, "skip" as never, "skip" as never]);
    await pass(10);
    expect(client.open(BOARD)).toEqual([]);
  });

  test("goes on until the smaller one is answered, so that no answer is older than the others", async () => {
    const { rerender, shown } = await render([count, seconds, viewers]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
    client.respond(() => undefined);
    rerender(["skip" as never, "skip" as never, viewers]);
    await pass(2500);
    const sizes = () => client.open(BOARD).map((args) => names(args).length);
    expect(sizes()).toEqual([3, 1]);
    const tell = (questions: AggregateQuery[], value: number) =>
      act(() =>
        client.answer(BOARD, boardArgs(...questions), {
          answers: questions.map((query) => ({ answer: answered(query, value) })),
        }),
      );
    tell([count, seconds, viewers], 2);
    expect(shown()[2]).toBe(2);
    tell([viewers], 3);
    await pass(10);
    expect(shown()[2]).toBe(3);
    expect(sizes()).toEqual([1]);
    expect(client.countAsked(ROWS)).toBe(0);
  });

  test("leaves no smaller one behind where all leave before that is answered", async () => {
    const { rerender } = await render([count, seconds, viewers]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
    client.respond(() => undefined);
    rerender(["skip" as never, "skip" as never, viewers]);
    await pass(1500);
    expect(client.open(BOARD)).toHaveLength(2);
    rerender(["skip" as never, "skip" as never, "skip" as never]);
    await pass(10);
    expect(client.open(BOARD).map(names)).toEqual([["views.viewers live"]]);
    act(() =>
      client.answer(BOARD, boardArgs(viewers), { answers: [{ answer: answered(viewers) }] }),
    );
    await pass(10);
    expect(client.open(BOARD)).toEqual([]);
  });
});
