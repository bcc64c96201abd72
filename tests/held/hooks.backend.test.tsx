// @vitest-environment happy-dom
/**
 * Hooks over held tiles as an app has them: the stock React client on a real socket, a running backend. Callers are
 * those of any other suite; what differs is where answers come from, and who renders.
 */
import { act, cleanup, render, renderHook, waitFor } from "@testing-library/react";
import { ConvexReactClient } from "convex/react";
import type { ReactNode } from "react";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { api } from "../../convex/_generated/api.js";
import { heldApi, rollupsApi } from "../../src/dashboard/api.js";
import {
  RollupsProvider,
  useAggregate,
  useOwnWrites,
  type AggregateAnswer,
  type AggregateQuery,
} from "../../src/react/index.js";
import { startWithApp, TENANT, untilFolded, type Started } from "../realData/backend.js";
import { stockRows } from "../realData/madeUpRows.js";
import { dice } from "../realData/random.js";

const tenantId = TENANT;
const all: AggregateQuery = { measures: ["inventory.count", "inventory.quantity"] };
const yearOf = (year: number): AggregateQuery => ({
  measures: ["inventory.count"],
  timeDimensions: [
    { dimension: "inventory.occurredAt", dateRange: [`${year}-01-01`, `${year}-12-31`] },
  ],
});
const [row] = stockRows(1, "2026-03-01", 1, dice(3));

let backend: Started;
let client: ConvexReactClient;
let messages: string[] = [];

/** A socket whose questions are listed. */
class ListedSocket extends WebSocket {
  override send(data: never): void {
    if (String(data).includes("ModifyQuerySet")) messages.push(String(data));
    super.send(data);
  }
}

beforeAll(async () => {
  backend = await startWithApp();
  client = new ConvexReactClient(backend.process.url, {
    webSocketConstructor: ListedSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  client.setAuth(() => Promise.resolve(backend.token));
  const rows = stockRows(200, "2025-03-01", 100, dice(5));
  await backend.client.mutation(api.inventory.recordBatch, { tenantId, rows });
  await untilFolded(backend.client);
});
afterEach(() => {
  cleanup();
  messages = [];
});
afterAll(async () => {
  await client?.close();
  await backend?.process.stop();
});

const wrapper = ({ children }: { children: ReactNode }) => (
  <RollupsProvider
    {...{ api: rollupsApi, held: heldApi, tenant: { tenantId }, timezone: "UTC", client }}
  >
    {children}
  </RollupsProvider>
);

const patience = { timeout: 60_000, interval: 50 };
const write = (quantity: number) =>
  client.mutation(api.inventory.record, { tenantId, row: { ...row!, quantity } });

describe("hooks over held tiles", () => {
  test("answer from the backend first and then from tiles, with the same rows", async () => {
    const shown: { source: string | undefined; data: unknown }[] = [];
    renderHook(
      () => {
        const { source, data, isPlaceholderData } = useAggregate(all);
        if (data && !isPlaceholderData) shown.push({ source, data });
      },
      { wrapper },
    );
    await waitFor(() => expect(shown.at(-1)?.source).toBe("tiles"), patience);
    expect(shown[0]!.source).toBe("rollup");
    for (const { data } of shown) expect(data).toEqual(shown[0]!.data);
    expect(shown[0]!.data).toMatchObject([{ "inventory.count": 200 }]);
  });

  test("answer another question in its first rendering, without a message", async () => {
    const { result, rerender } = renderHook((query: AggregateQuery) => useAggregate(query), {
      wrapper,
      initialProps: { ...all, dimensions: ["inventory.warehouse"] },
    });
    await waitFor(() => expect(result.current.source).toBe("tiles"), patience);
    messages = [];
    const warehouse = result.current.data![0]!["inventory.warehouse"] as string;
    const filters = [{ member: "inventory.warehouse", operator: "equals", values: [warehouse] }];
    rerender({ ...all, dimensions: ["inventory.warehouse"], filters });
    expect(result.current).toMatchObject({ source: "tiles", isPlaceholderData: false });
    expect(result.current.data).toHaveLength(1);
    await act(() => new Promise((resolve) => setTimeout(resolve, 300)));
    expect(messages).toEqual([]);
  });

  test("render a component when its own rows change, and at no other write or fold", async () => {
    const answers: Record<string, AggregateAnswer[]> = { all: [], before: [] };
    function Card({ name, query }: { name: string; query: AggregateQuery }) {
      answers[name]!.push(useAggregate(query));
      return null;
    }
    render(
      <>
        <Card name="all" query={all} />
        <Card name="before" query={yearOf(2025)} />
      </>,
      { wrapper },
    );
    const last = (name: string) => answers[name]!.at(-1)!;
    await waitFor(() => {
      expect([last("all").source, last("before").source]).toEqual(["tiles", "tiles"]);
    }, patience);
    // What tiles bring may still be on its way, piece by piece.
    let rendered = 0;
    while (rendered !== answers["before"]!.length) {
      rendered = answers["before"]!.length;
      await act(() => new Promise((resolve) => setTimeout(resolve, 1000)));
    }
    const count = Number(last("all").data![0]!["inventory.count"]);
    for (let i = 1; i <= 3; i++) {
      await act(() => write(i));
      await waitFor(() => {
        expect(last("all").data![0]!["inventory.count"]).toBe(count + i);
      }, patience);
    }
    await act(() => untilFolded(backend.client).then(() => undefined));
    expect(answers["before"]!.length).toBe(rendered);
    expect(last("all").source).toBe("tiles");
  });

  test("include one's own write, of which rows that stay equal are told, too", async () => {
    const seen: { commit: string | undefined; count: unknown; isPlaceholder: boolean }[] = [];
    const { result } = renderHook(
      () => {
        const { atLeast, remember } = useOwnWrites();
        const now = useAggregate(all, { atLeast });
        const before = useAggregate(yearOf(2025), { atLeast });
        const count = now.data?.[0]?.["inventory.count"];
        seen.push({ commit: atLeast, count, isPlaceholder: now.isPlaceholderData });
        return { now, before, remember };
      },
      { wrapper },
    );
    await waitFor(() => expect(result.current.now.source).toBe("tiles"), patience);
    const count = Number(result.current.now.data![0]!["inventory.count"]);
    const written = await write(9);
    act(() => void result.current.remember(written));
    await waitFor(() => {
      const { now, before } = result.current;
      expect([now.isPlaceholderData, before.isPlaceholderData]).toEqual([false, false]);
    }, patience);
    expect(result.current.now.data![0]!["inventory.count"]).toBe(count + 1);
    // Once the commit is asked for, an answer without it is a placeholder.
    const after = seen.filter(({ commit, isPlaceholder }) => commit && !isPlaceholder);
    expect(after.every((one) => one.count === count + 1)).toBe(true);
  });
});
