// @vitest-environment happy-dom
/**
 * Asking ahead as an app has it: the stock React client on a real socket, a running backend. What was asked ahead is in
 * the first frame, by the route of any other answer, and costs no message; without it it does.
 */
import { cleanup, waitFor } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { AggregateQuery } from "../../src/react/index.js";
import { Prefetch } from "../../src/react/prefetch/index.js";
import { signIn, startWithApp, TENANT, untilFolded, type Started } from "../realData/backend.js";
import { stockRows } from "../realData/madeUpRows.js";
import { dice } from "../realData/random.js";
import { ListedClient, pause, showScreen } from "./screen.js";

const OTHER = "globex";
const count: AggregateQuery = { measures: ["inventory.count", "inventory.quantity"] };
const byKind: AggregateQuery = { measures: ["inventory.count"], dimensions: ["inventory.kind"] };
const filtered = (query: AggregateQuery, kind: string): AggregateQuery => ({
  ...query,
  filters: [{ member: "inventory.kind", operator: "equals", values: [kind] }],
});
const all = [count, byKind];
const receipts = all.map((query) => filtered(query, "receipt"));
const shipments = all.map((query) => filtered(query, "shipment"));

let backend: Started;
let listed: ListedClient;

beforeAll(async () => {
  backend = await startWithApp();
  const rows = stockRows(200, "2025-03-01", 100, dice(5));
  await backend.client.mutation(api.inventory.recordBatch, { tenantId: TENANT, rows });
  await untilFolded(backend.client);
  await signIn(backend.process, OTHER);
});
beforeEach(() => {
  listed = new ListedClient(backend);
});
afterEach(async () => {
  cleanup();
  Object.defineProperty(document, "hidden", { configurable: true, value: false });
  Reflect.deleteProperty(navigator, "connection");
  await listed.client.close();
});
afterAll(async () => {
  await backend?.process.stop();
});

const patience = { timeout: 60_000, interval: 20 };
/** Longer than a step takes to be one, and its answers to come. */
const settle = () => pause(700);

const hide = (isHidden: boolean) => {
  Object.defineProperty(document, "hidden", { configurable: true, value: isHidden });
  document.dispatchEvent(new Event("visibilitychange"));
};

/** The rows that the backend answers, asked apart. */
const rowsOf = async (query: AggregateQuery) =>
  (await backend.client.query(api.aggregates.load, { tenantId: TENANT, query: query as never }))
    .data;

type Screen = ReturnType<typeof showScreen>;

async function settled(screen: Screen): Promise<void> {
  await waitFor(() => expect(screen.isThere()).toBe(true), patience);
  await settle();
}

/** Steps that a person repeats: to a filter and back, so often that it is expected. */
async function teach(screen: Screen): Promise<void> {
  await settled(screen);
  for (let i = 0; i < 2; i++) {
    screen.to(receipts);
    await settled(screen);
    screen.to(all);
    await settled(screen);
  }
}

describe.each([
  { isHeld: false, source: "rollup" },
  { isHeld: true, source: "tiles" },
])("a step that is expected, with held tiles: $isHeld", ({ isHeld, source }) => {
  const screenWith = (prefetch?: Prefetch) =>
    showScreen({ client: listed.client, tenantId: TENANT, isHeld, prefetch }, all);

  test("is in the first frame and sends nothing, with the rows of any other way", async () => {
    const prefetch = new Prefetch();
    const screen = screenWith(prefetch);
    await waitFor(() => expect(screen.answers()[1]!.source).toBe(source), patience);
    await teach(screen);
    const expected = await Promise.all(receipts.map(rowsOf));
    listed.taken();
    const frame = screen.to(receipts);
    await pause(200);
    expect(listed.taken()).toEqual([]);
    expect(frame.map(({ isPlaceholderData }) => isPlaceholderData)).toEqual([false, false]);
    expect(frame.map((answer) => answer.source)).toEqual([source, source]);
    expect(frame[0]!.servedBy).toMatch(/^inventory\.\w+@1$/);
    expect(frame.map(({ data }) => data)).toEqual(expected);
    expect(screen.answers().map(({ data }) => data)).toEqual(expected);
    const { hits, asked } = prefetch.figures();
    // Tiles that are held are not asked for ahead.
    if (isHeld) expect({ hits, asked }).toEqual({ hits: 0, asked: 0 });
    else expect(hits).toBeGreaterThanOrEqual(2);
  });

  test("is live like any other answer", async () => {
    const prefetch = new Prefetch();
    const screen = screenWith(prefetch);
    await teach(screen);
    const [row] = stockRows(1, "2026-03-01", 1, dice(3));
    const before = Number((await rowsOf(receipts[0]!))[0]!["inventory.count"]);
    await listed.client.mutation(api.inventory.record, {
      tenantId: TENANT,
      row: { ...row!, kind: "receipt" },
    });
    await pause(600);
    const [answer] = screen.to(receipts);
    expect(answer!.data).toMatchObject([{ "inventory.count": before + 1 }]);
  });
});

describe("asking ahead without tiles", () => {
  const screenWith = (prefetch?: Prefetch, questions = all) =>
    showScreen({ client: listed.client, tenantId: TENANT, prefetch }, questions);

  test("is what makes the difference: without it a step sends its questions", async () => {
    const screen = screenWith();
    await teach(screen);
    listed.taken();
    const frame = screen.to(receipts);
    expect(frame.every(({ isPlaceholderData }) => isPlaceholderData)).toBe(true);
    await settled(screen);
    expect(listed.taken()).toEqual(["aggregates:board"]);
    expect(screen.answers().map(({ data }) => data)).toEqual(
      await Promise.all(receipts.map(rowsOf)),
    );
  });

  test("counts hits, misses, calls, bytes and what they cost", async () => {
    const prefetch = new Prefetch();
    const screen = screenWith(prefetch);
    await teach(screen);
    // Two steps that nothing was known of, two that were likely once their first had been seen, and one of them is next.
    const before = prefetch.figures();
    expect(before).toMatchObject({ late: 0, wastedBytes: 0, unused: 0 });
    expect(before.misses + before.hits).toBe(8);
    expect(before.misses).toBeGreaterThanOrEqual(4);
    screen.to(receipts);
    const hit = prefetch.figures();
    expect(hit.hits).toBe(before.hits + 2);
    expect(hit.hitRate).toBe(hit.hits / (hit.hits + hit.misses));
    expect(hit.calls).toBeGreaterThan(0);
    const texts = screen.answers().map(({ data }) => JSON.stringify(data).length);
    expect(hit.bytes).toBeGreaterThan(texts[0]! + texts[1]!);
    expect(hit.dollars).toBeCloseTo((hit.calls * 2) / 1e6 + (hit.bytes * 0.2) / 1e9, 12);
    await settled(screen);
    // Another step than the likely one.
    screen.to(shipments);
    await settled(screen);
    const missed = prefetch.figures();
    expect(missed.misses).toBe(hit.misses + 2);
    expect(missed.unused).toBeGreaterThanOrEqual(2);
    expect(missed.wastedBytes).toBeGreaterThan(0);
  });

  test("ends where the budget ends", async () => {
    const none = new Prefetch({ budget: 0 });
    const screen = screenWith(none);
    await teach(screen);
    expect(none.figures()).toMatchObject({ asked: 0, calls: 0, bytes: 0 });
    screen.unmount();
    // Enough for about one answer of a screen: the next waits for the hour to bring more.
    const little = new Prefetch({ budget: 8100 });
    const second = screenWith(little);
    await teach(second);
    for (let i = 0; i < 4; i++) {
      second.to(receipts);
      await settled(second);
      second.to(all);
      await settled(second);
    }
    const { asked, bytes, hits, misses } = little.figures();
    expect(asked).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(8100 + 4000);
    expect(hits).toBeGreaterThan(0);
    expect(misses).toBeGreaterThan(8);
  });

  test("asks nothing for a page that is hidden, and leaves what it has", async () => {
    const prefetch = new Prefetch();
    const screen = screenWith(prefetch);
    await teach(screen);
    const { asked, unused } = prefetch.figures();
    expect(asked).toBeGreaterThan(unused);
    hide(true);
    expect(prefetch.figures().unused).toBeGreaterThan(unused);
    await pause(50);
    listed.taken();
    screen.to(receipts);
    await settled(screen);
    screen.to(all);
    await settled(screen);
    expect(prefetch.figures().asked).toBe(asked);
    expect(listed.taken()).toEqual(["aggregates:board", "aggregates:board"]);
  });

  test("asks nothing where data is saved", async () => {
    Object.defineProperty(navigator, "connection", {
      configurable: true,
      value: { saveData: true },
    });
    const prefetch = new Prefetch();
    await teach(screenWith(prefetch));
    expect(prefetch.figures()).toMatchObject({ asked: 0, bytes: 0 });
  });

  test("knows nothing of another tenant, and leaves what it asked of the one before", async () => {
    const prefetch = new Prefetch();
    const screen = screenWith(prefetch);
    await teach(screen);
    const before = prefetch.figures();
    const live = before.asked - before.unused;
    expect(live).toBeGreaterThan(0);
    screen.toTenant(OTHER, all);
    await settled(screen);
    const after = prefetch.figures();
    expect(after.asked).toBe(before.asked);
    expect(after.unused + after.hits).toBe(after.asked);
    // The same step as there: what was learned there predicts nothing here.
    listed.taken();
    screen.to(receipts);
    await settled(screen);
    expect(prefetch.figures().asked).toBe(before.asked);
    expect(screen.answers()[0]!.data).toMatchObject([{ "inventory.count": 0 }]);
  });

  test("forgets with the provider, unless it has a user's name to keep it under", async () => {
    const entries = new Map<string, string>();
    const storage = {
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
      removeItem: (key: string) => void entries.delete(key),
    };
    const ann = new Prefetch({ keep: { storage, user: "ann" } });
    const nobody = new Prefetch();
    for (const prefetch of [ann, nobody]) {
      const screen = screenWith(prefetch);
      await teach(screen);
      screen.unmount();
    }
    const again = new Prefetch({ keep: { storage, user: "ann" } });
    const ben = new Prefetch({ keep: { storage, user: "ben" } });
    const known: boolean[] = [];
    for (const prefetch of [nobody, ben, again]) {
      const { asked } = prefetch.figures();
      const screen = screenWith(prefetch);
      await settled(screen);
      known.push(prefetch.figures().asked > asked);
      screen.unmount();
    }
    expect(known).toEqual([false, false, true]);
    again.forget();
    expect([...entries.values()].join()).not.toContain("inventory");
  });
});

describe("what a person dwells on", () => {
  test("is asked ahead, and what is passed is not", async () => {
    const prefetch = new Prefetch();
    const screen = showScreen({ client: listed.client, tenantId: TENANT, prefetch }, all);
    await settled(screen);
    const intent = () => screen.result.current.screen.intent(() => shipments);
    listed.taken();
    intent().onPointerEnter!({ pointerType: "mouse" });
    await pause(20);
    intent().onPointerLeave!();
    intent().onPointerEnter!({ pointerType: "touch" });
    await pause(200);
    expect(listed.taken()).toEqual([]);
    intent().onPointerEnter!({ pointerType: "mouse" });
    await waitFor(() => expect(listed.added).toEqual(["aggregates:board"]), patience);
    await waitFor(() => expect(prefetch.figures().calls).toBe(1), patience);
    listed.taken();
    const frame = screen.to(shipments);
    expect(frame.map(({ isPlaceholderData }) => isPlaceholderData)).toEqual([false, false]);
    expect(frame.map(({ data }) => data)).toEqual(await Promise.all(shipments.map(rowsOf)));
    await settled(screen);
    expect(listed.taken()).toEqual([]);
    expect(prefetch.figures()).toMatchObject({ hits: 2, misses: 0, asked: 2, unused: 0 });
  });

  test("fetches the tiles that it lacks, where tiles are held", async () => {
    const prefetch = new Prefetch();
    const screen = showScreen({ client: listed.client, tenantId: TENANT, prefetch, isHeld: true }, [
      count,
    ]);
    await waitFor(() => expect(screen.answers()[0]!.source).toBe("tiles"), patience);
    await settle();
    listed.taken();
    const next = [filtered(byKind, "shipment")];
    screen.result.current.screen.intent(() => next).onTouchStart!();
    await waitFor(() => expect(prefetch.figures().bytes).toBeGreaterThan(0), patience);
    expect(new Set(listed.taken())).toEqual(new Set(["held:tiles"]));
    const [answer] = screen.to(next);
    expect(answer).toMatchObject({ source: "tiles", isPlaceholderData: false });
    expect(answer!.data).toEqual(await rowsOf(next[0]!));
    await settled(screen);
    expect(listed.taken()).toEqual([]);
    expect(prefetch.figures()).toMatchObject({ hits: 1, misses: 0, wastedBytes: 0 });
  });

  test("waits while a question of the screen does", async () => {
    const prefetch = new Prefetch();
    const screen = showScreen({ client: listed.client, tenantId: TENANT, prefetch }, all);
    expect(screen.isThere()).toBe(false);
    screen.result.current.screen.ahead(...shipments);
    expect(prefetch.figures().asked).toBe(0);
    await settled(screen);
    screen.result.current.screen.ahead(...shipments);
    expect(prefetch.figures().asked).toBe(2);
  });

  test("has no handlers without prefetch", async () => {
    const screen = showScreen({ client: listed.client, tenantId: TENANT }, all);
    expect(screen.result.current.screen.intent(() => shipments)).toEqual({});
    await settled(screen);
  });
});
