// @vitest-environment happy-dom
/**
 * Reading one's own writes as an app does it: the stock React client on a real socket, a running backend, and
 * hooks that remember what their screen has written.
 */
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { ConvexReactClient } from "convex/react";
import type { ReactNode } from "react";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { api } from "../../convex/_generated/api.js";
import { catalogue } from "../../convex/cubes.js";
import { fallbackApi, rollupsApi } from "../../src/dashboard/api.js";
import { RollupsProvider, useAggregate, useOwnWrites } from "../../src/react/index.js";
import { setWorker, startWithApp, TENANT, untilFolded, type Started } from "../realData/backend.js";
import { stockRows } from "../realData/madeUpRows.js";
import { dice } from "../realData/random.js";

const tenantId = TENANT;
const query = { measures: ["inventory.count", "inventory.quantity"] };
const [row] = stockRows(1, "2026-03-01", 1, dice(3));

let backend: Started;
let client: ConvexReactClient;

beforeAll(async () => {
  backend = await startWithApp();
  client = new ConvexReactClient(backend.process.url, {
    webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  client.setAuth(() => Promise.resolve(backend.token));
  await untilFolded(backend.client);
});
afterEach(cleanup);
afterAll(async () => {
  await client?.close();
  await backend?.process.stop();
});

const wrapper = ({ children }: { children: ReactNode }) => (
  <RollupsProvider
    api={rollupsApi}
    fallback={fallbackApi}
    tenant={{ tenantId }}
    timezone="UTC"
    catalogue={catalogue}
    client={client}
  >
    {children}
  </RollupsProvider>
);

const patience = { timeout: 60_000, interval: 50 };

/** A screen with one live and one folded card, and a form. `shown` lists what the live card ever showed. */
function openScreen() {
  const shown: { count: unknown; isPlaceholderData: boolean }[] = [];
  const { result } = renderHook(
    () => {
      const { atLeast, remember } = useOwnWrites();
      const live = useAggregate(query, { atLeast });
      const folded = useAggregate(query, { atLeast, freshness: "folded" });
      const count = live.data?.[0]?.["inventory.count"];
      shown.push({ count, isPlaceholderData: live.isPlaceholderData });
      return { live, folded, remember };
    },
    { wrapper },
  );
  const counts = () => ({
    live: result.current.live.data?.[0]?.["inventory.count"],
    folded: result.current.folded.data?.[0]?.["inventory.count"],
  });
  const write = async (quantity: number) => {
    const args = { tenantId, row: { ...row, quantity } };
    const written = await client.mutation(api.inventory.record, args);
    act(() => void result.current.remember(written));
  };
  return { result, counts, write, shown };
}

describe("a write of one's own", () => {
  test("is in a live answer at once, and in a folded one when it is folded, which waits without an error", async () => {
    const { result, counts, write, shown } = openScreen();
    await waitFor(() => expect(counts()).toEqual({ live: 0, folded: 0 }), patience);
    await write(5);
    await waitFor(() => expect(counts()).toEqual({ live: 1, folded: 1 }), patience);
    await setWorker(backend.process, "stop");
    shown.length = 0;
    await write(7);
    expect(result.current.live).toMatchObject({
      ...{ status: "success", isPlaceholderData: false, freshness: "live" },
      data: [{ "inventory.count": 2, "inventory.quantity": 12 }],
    });
    // From the moment it was written the live card showed it, and never anything in between.
    expect(shown.filter(({ count }) => count === 2).every((one) => !one.isPlaceholderData)).toBe(
      true,
    );
    expect(result.current.folded).toMatchObject({
      ...{ status: "success", isPlaceholderData: true, error: null, freshness: "folded" },
      data: [{ "inventory.count": 1, "inventory.quantity": 5 }],
    });
    await setWorker(backend.process, "start");
    await waitFor(() => expect(result.current.folded.isPlaceholderData).toBe(false), patience);
    expect(result.current.folded.data).toEqual([
      { "inventory.count": 2, "inventory.quantity": 12 },
    ]);
  });

  test("is in what the browser computes where rollups are switched off", async () => {
    await client.mutation(api.flags.set, { tenantId, mode: "off" });
    const { result, counts, write } = openScreen();
    await waitFor(() => expect(counts()).toEqual({ live: 2, folded: 2 }), patience);
    await write(1);
    await waitFor(() => expect(result.current.live.isPlaceholderData).toBe(false), patience);
    expect(result.current.live).toMatchObject({
      ...{ source: "client", freshness: "live", error: null },
      data: [{ "inventory.count": 3, "inventory.quantity": 13 }],
    });
    await client.mutation(api.flags.set, { tenantId, mode: "on" });
  });
});
