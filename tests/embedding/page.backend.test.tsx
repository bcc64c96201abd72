// @vitest-environment happy-dom
/** The dashboard's page for other pages: stock client, running backend, the token behind the "#" and nothing else. */
import { act, cleanup, render, renderHook, screen, waitFor } from "@testing-library/react";
import { ConvexReactClient } from "convex/react";
import type { ReactNode } from "react";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { api } from "../../convex/_generated/api.js";
import { heldApi, rollupsApi } from "../../src/dashboard/api.js";
import { Embed } from "../../src/dashboard/embed/Embed.js";
import { RollupsProvider, useAggregate } from "../../src/react/index.js";
import { stockRow } from "../convex/harness.js";
import { startWithApp, TENANT, type Started } from "../realData/backend.js";

const tenantId = TENANT;
const patience = { timeout: 20_000, interval: 50 };
let backend: Started;
/** What the page says to the backend. */
let sent: string[] = [];

class ListedSocket extends WebSocket {
  override send(data: never): void {
    sent.push(String(data));
    super.send(data);
  }
}

beforeAll(async () => {
  vi.stubGlobal("WebSocket", ListedSocket);
  backend = await startWithApp();
  await write("North", 3);
  await write("South", 4000);
});
afterEach(() => {
  cleanup();
  sent = [];
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await backend?.process.stop();
});

const write = (warehouse: string, quantity: number) =>
  backend.client.mutation(api.inventory.record, {
    ...{ tenantId, row: stockRow({ warehouse, quantity, category: `of ${warehouse}` }) },
  });

async function token(warehouse: string, expiresInSeconds = 60): Promise<string> {
  const filters = [{ dimension: "warehouse", operator: "equals", values: [warehouse] }] as const;
  const asked = { tenantId, lock: { inventory: { filters } }, expiresInSeconds };
  return (await backend.client.mutation(api.embeds.create, asked)).token;
}

function open(queries: unknown, hash: string) {
  window.location.href = `http://page.test/?embed=${encodeURIComponent(JSON.stringify(queries))}#${hash}`;
  return render(<Embed />);
}

const total = { measures: ["inventory.quantity"] };
const byCategory = { ...total, dimensions: ["inventory.category"] };
const shown = () => document.body.textContent ?? "";

test("a board shows the lock's figures, follows writes, and says its filter, which nothing changes", async () => {
  open([total, byCategory], await token("North"));
  await waitFor(() => expect(shown()).toContain("of North"), patience);
  expect(screen.getAllByRole("list", { name: "Fixed filters" })).toHaveLength(2);
  expect(shown()).toContain("Warehouse is North");
  expect(shown()).not.toMatch(/of South|4,?0/);
  expect(screen.queryAllByRole("button")).toEqual([]);
  expect(screen.queryAllByRole("combobox")).toEqual([]);
  await act(async () => void (await write("North", 8)));
  await waitFor(() => expect(shown()).toContain("Quantity11"), patience);
  expect(sent.join()).not.toContain("held:");
});

test("a newer token is taken over without loading the page again", async () => {
  open([byCategory], await token("North"));
  await waitFor(() => expect(shown()).toContain("of North"), patience);
  const next = await token("South");
  act(() => {
    window.location.hash = next;
    window.dispatchEvent(new Event("hashchange"));
  });
  await waitFor(() => expect(shown()).toContain("of South"), patience);
  expect(shown()).not.toContain("of North");
});

test("a token that expires takes the figures with it", async () => {
  open([byCategory], await token("North", 4));
  await waitFor(() => expect(shown()).toContain("of North"), patience);
  await waitFor(() => expect(shown()).toContain("This link is over"), patience);
  expect(shown()).not.toContain("of North");
});

test.each([
  ["no token", "", [total], "This link is over"],
  ["what is no token", "a.b.c", [total], "This link is over"],
  ["no question", "", [], "No chart"],
])("%s opens nothing", async (_, hash, queries, said) => {
  open(queries, hash);
  await waitFor(() => expect(shown()).toContain(said), patience);
  expect(sent).toEqual([]);
});

test("a question outside the lock is refused in words", async () => {
  open([{ measures: ["watch.count"] }], await token("North"));
  await waitFor(() => expect(screen.getByRole("alert")).toBeTruthy(), patience);
  expect(shown()).not.toMatch(/\d/);
});

test("hooks that would hold tiles ask the backend, as they may not", async () => {
  const client = new ConvexReactClient(backend.process.url, { logger: false });
  const own = await token("North");
  client.setAuth(() => Promise.resolve(own));
  const tenant = { tenantId };
  const wrapper = ({ children }: { children: ReactNode }) => (
    <RollupsProvider {...{ client, api: rollupsApi, held: heldApi, tenant, timezone: "UTC" }}>
      {children}
    </RollupsProvider>
  );
  const { result } = renderHook(() => useAggregate(byCategory), { wrapper });
  await waitFor(() => expect(result.current.data).toHaveLength(1), patience);
  await waitFor(() => expect(sent.join()).toContain("held:key"), patience);
  expect(result.current).toMatchObject({ source: "rollup", error: null });
  const [before] = result.current.data as { "inventory.quantity": number }[];
  const grown = [{ ...before, "inventory.quantity": before!["inventory.quantity"] + 1 }];
  await act(async () => void (await write("North", 1)));
  await waitFor(() => expect(result.current.data).toEqual(grown), patience);
  expect(result.current.source).toBe("rollup");
  expect(sent.join()).not.toMatch(/held:(?!key)/);
  await client.close();
});
