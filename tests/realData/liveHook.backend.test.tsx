// @vitest-environment happy-dom
/**
 * `useAggregate` as an app uses it: the stock React client on a real socket, a running backend, and a
 * tenant whose clock changes twice a year. What the screen shows is all that is looked at.
 */
import { cleanup, render, renderHook, waitFor } from "@testing-library/react";
import { ConvexReactClient } from "convex/react";
import { makeFunctionReference } from "convex/server";
import { useEffect, type ReactNode } from "react";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { catalogue } from "../../convex/cubes.js";
import { fallbackApi, rollupsApi } from "../../src/dashboard/api.js";
import {
  RollupsProvider,
  useAggregate,
  useFreshness,
  type AggregateAnswer,
  type AggregateQuery,
} from "../../src/react/index.js";
import { patterns, type Pattern } from "../convex/patterns.js";
import { answer, type Question, type Row } from "../oracle/answer.js";
import { asCloseAs } from "../oracle/asCloseAs.js";
import { inventory, watch, type StockRow, type WatchRow } from "../oracle/cubes.js";
import { startWithApp, TENANT, type Started } from "./backend.js";
import { stockRows, watchRows } from "./madeUpRows.js";
import { dice } from "./random.js";

const timezone = "Europe/Berlin";
const end = "2026-04-28";
const days = 450;
const random = dice(5);
const watched: WatchRow[] = watchRows(2_400, end, days, random);
const moved: StockRow[] = stockRows(1_800, end, days, random);

type Written = { id: string; rejected: unknown[] };
const mutation = (name: string) =>
  makeFunctionReference<"mutation", Record<string, unknown>, Written>(name);

let backend: Started;
let client: ConvexReactClient;

const wrapper = ({ children }: { children: ReactNode }) => (
  <RollupsProvider
    api={rollupsApi}
    fallback={fallbackApi}
    tenant={{ tenantId: TENANT }}
    timezone={timezone}
    catalogue={catalogue}
    client={client}
  >
    {children}
  </RollupsProvider>
);

const write = (name: string, args: Record<string, unknown>) =>
  client.mutation(mutation(name), { tenantId: TENANT, ...args });

beforeAll(async () => {
  backend = await startWithApp({ timezone });
  client = new ConvexReactClient(backend.process.url, {
    webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  client.setAuth(() => Promise.resolve(backend.token));
  for (const [name, rows] of [
    ["watch:recordBatch", watched],
    ["inventory:recordBatch", moved],
  ] as const)
    for (let at = 0; at < rows.length; at += 600) {
      const { rejected } = await write(name, { rows: rows.slice(at, at + 600) });
      expect(rejected).toEqual([]);
    }
});

afterEach(cleanup);

afterAll(async () => {
  await client?.close();
  await backend?.process.stop();
});

const patience = { timeout: 60_000, interval: 50 };

describe("a live question", () => {
  test("shows an insert, an edit and a removal once each, before and after they are folded", async () => {
    const query = { measures: ["inventory.count", "inventory.quantity"] };
    const shown: string[] = [];
    const { result } = renderHook(
      () => {
        const asked = useAggregate(query);
        const [row] = asked.data ?? [];
        const text = row && `${row["inventory.count"]} rows, ${row["inventory.quantity"]} pieces`;
        useEffect(() => {
          if (text !== undefined && shown.at(-1) !== text) shown.push(text);
        }, [text]);
        return { asked, freshness: useFreshness() };
      },
      { wrapper },
    );
    const pieces = moved.reduce((sum, { quantity }) => sum + quantity, 0);
    const states = [`${moved.length} rows, ${pieces} pieces`];
    const settled = async () => {
      await waitFor(() => expect(shown.at(-1)).toBe(states.at(-1)), patience);
      await waitFor(() => expect(result.current.freshness.backlog).toBe(false), patience);
      expect(result.current.asked.servedBy).toBe("inventory.totals@1");
      expect(result.current.asked.source).toBe("rollup");
    };
    // The first rows are still being folded: whatever is shown on the way is another matter.
    await waitFor(() => expect(shown.at(-1)).toBe(states[0]), patience);
    await settled();
    shown.splice(0, shown.length - 1);

    const { id } = await write("inventory:record", { row: { ...moved[0], quantity: 7 } });
    states.push(`${moved.length + 1} rows, ${pieces + 7} pieces`);
    await settled();
    await write("inventory:update", { id, patch: { quantity: 1_000 } });
    states.push(`${moved.length + 1} rows, ${pieces + 1_000} pieces`);
    await settled();
    await write("inventory:remove", { id });
    states.push(states[0]!);
    await settled();
    expect(shown).toEqual(states);
  });
});

describe("the same questions from rollups and from the browser", () => {
  const asked = patterns(end);
  const answers = new Map<string, AggregateAnswer>();

  function Card({ pattern }: { pattern: Pattern }) {
    answers.set(pattern.name, useAggregate(pattern.query as AggregateQuery));
    return null;
  }

  async function allFrom(source: "rollup" | "client"): Promise<Map<string, readonly Row[]>> {
    await waitFor(() => {
      for (const [name, { status, source: from, isPlaceholderData, error }] of answers) {
        const now = { name, status, from, isPlaceholderData, error };
        expect(now).toEqual({ ...now, status: "success", from: source, isPlaceholderData: false });
      }
    }, patience);
    return new Map([...answers].map(([name, { data }]) => [name, data as readonly Row[]]));
  }

  /** The oracle's answer; its rows carry no limit of ours, so orders are compared too. */
  function wanted({ query }: Pattern): Row[] {
    const question = query as unknown as Question;
    return question.measures[0]!.startsWith("watch.")
      ? answer(watch, watched, question, timezone)
      : answer(inventory, moved, question, timezone);
  }

  test(`${asked.length} questions: rollups, then the browser, then rollups again, all as the oracle says`, async () => {
    render(
      <>
        {asked.map((pattern) => (
          <Card key={pattern.name} pattern={pattern} />
        ))}
      </>,
      { wrapper },
    );
    const oracle = new Map(asked.map((pattern) => [pattern.name, wanted(pattern)]));
    const mustBeTrue = ({ name, query }: Pattern, rows: readonly Row[] = []) => {
      const truth = oracle.get(name)!;
      expect(asCloseAs(query.measures as string[], rows, truth), name).toEqual(truth);
    };
    const withRollups = await allFrom("rollup");
    for (const pattern of asked) {
      const { name, rollup } = pattern;
      expect(answers.get(name)?.servedBy, name).toBe(`${rollup}@1`);
      mustBeTrue(pattern, withRollups.get(name));
    }

    await write("flags:set", { mode: "off" });
    const inBrowser = await allFrom("client");
    for (const pattern of asked) {
      expect(answers.get(pattern.name)?.servedBy, pattern.name).toBe("browser");
      mustBeTrue(pattern, inBrowser.get(pattern.name));
    }
    // Not even approximate answers differ.
    expect(inBrowser).toEqual(withRollups);

    await write("flags:set", { mode: "on" });
    expect(await allFrom("rollup")).toEqual(withRollups);
  });
});
