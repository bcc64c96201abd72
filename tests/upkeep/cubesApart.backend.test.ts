/**
 * A write to one cube, and folding it, runs no query of another: counted on a running backend, where clients subscribe
 * as screens do. A folded answer runs once per fold that writes its tiles.
 */
import { ConvexClient } from "convex/browser";
import { getFunctionName, type FunctionReference } from "convex/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { mintToken } from "../../cli/connection.js";
import { stockRows, watchRows } from "../../bench/data/rows.js";
import type { Tenant } from "../../bench/support/tenant.js";
import { api } from "../../convex/_generated/api.js";
import { stockRow, watchRow } from "../convex/harness.js";
import { heavyProfile } from "../support/stage.js";
import { UpkeepBackend, until } from "./backend.js";

const tenantId = "acme";
const WRITES = 20;
const DAY_MS = 86_400_000;
type Cube = "inventory" | "watch";

let backend: UpkeepBackend;
let tenant: Tenant;
let socket: ConvexClient;
let key: string;

beforeAll(async () => {
  const env = { ROLLUPS_REST_MS_MIN: "200", ROLLUPS_REST_MS_MAX: "400" };
  backend = await UpkeepBackend.start(env, {}, heavyProfile);
  tenant = await backend.tenant(tenantId);
  await tenant.settled();
  await tenant.send("inventory", stockRows(200));
  await tenant.send("watch", watchRows(200));
  await tenant.settled();
  socket = new ConvexClient(backend.local.url, {
    webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  const { url, adminKey } = backend.local;
  const token = await mintToken({ url, adminKey }, { subject: "ann" });
  socket.setAuth(() => Promise.resolve(token));
  await until(async () => {
    key = (await tenant.connect().query(api.held.key, { tenantId })) ?? "";
    return key !== "";
  });
  await backend.asleep();
}, 120_000);
afterAll(async () => {
  await socket?.close();
  await backend?.stop();
});

/** Opens a subscription, and resolves to what ends it once it has answered. */
async function follow(query: FunctionReference<"query">, args: object): Promise<() => void> {
  return await new Promise((resolve, reject) => {
    const end: () => void = socket.onUpdate(query, args, () => resolve(() => end()), reject);
  });
}

const counting = (cube: Cube, dateRange?: readonly [string, string]) => ({
  measures: [`${cube}.count`],
  timeDimensions:
    dateRange === undefined
      ? []
      : [{ dimension: cube === "watch" ? "watch.watchedAt" : "inventory.occurredAt", dateRange }],
});

/** All that a screen of one cube subscribes to. */
async function openScreen(cube: Cube): Promise<() => void> {
  const question = { query: counting(cube) };
  const of = { tenantId, key };
  const month = { generation: 1, granularity: "month", from: null, to: null };
  const ends = await Promise.all([
    follow(api.aggregates.rows, { tenantId, ...question }),
    follow(api.aggregates.rows, { tenantId, ...question, freshness: "folded" }),
    follow(api.aggregates.load, { tenantId, ...question }),
    follow(api.aggregates.board, { tenantId, questions: [question] }),
    follow(api.held.catalog, { ...of, cube }),
    follow(api.held.tail, { ...of, cube }),
    follow(api.held.tiles, { ...of, rollup: `${cube}.totals`, ...month }),
  ]);
  return () => ends.forEach((end) => end());
}

const screenFunctions = [
  ...[api.aggregates.rows, api.aggregates.load, api.aggregates.board],
  ...[api.held.catalog, api.held.tail, api.held.tiles],
].map((query) => getFunctionName(query));

/** Calls of a screen's queries since usage was reset. */
async function runs(): Promise<Record<string, number>> {
  const { callsByFunction } = await backend.usage();
  return Object.fromEntries(
    Object.entries(callsByFunction).filter(([name]) => screenFunctions.includes(name)),
  );
}

async function write(cube: Cube): Promise<void> {
  const client = tenant.connect();
  const now = Date.now();
  if (cube === "watch") {
    await client.mutation(api.watch.record, { tenantId, row: watchRow({ watchedAt: now }) });
  } else {
    await client.mutation(api.inventory.record, { tenantId, row: stockRow({ occurredAt: now }) });
  }
}

const folds = () => backend.stored<{ folds: number }>("foldStates")[0]!.folds;

describe.each([
  ["inventory", "watch"],
  ["watch", "inventory"],
] as const)("a screen of %s", (shown, other) => {
  test(`runs nothing for twenty writes to ${other}, and all of it for its own`, async () => {
    const close = await openScreen(shown);
    await backend.resetUsage();
    const before = folds();
    for (let i = 0; i < WRITES; i++) await write(other);
    await tenant.settled();
    await backend.asleep();
    expect(folds()).toBeGreaterThan(before);
    expect(await runs()).toEqual({});

    await write(shown);
    await tenant.settled();
    await backend.asleep();
    const own = await runs();
    close();
    // What depends on the log runs for the write and for the fold, what depends on tiles for the fold.
    expect(own).toEqual({
      "aggregates:rows": 3,
      "aggregates:load": 2,
      "aggregates:board": 2,
      "held:tail": 2,
      "held:tiles": 1,
    });
  }, 120_000);
});

describe("a folded answer", () => {
  test("runs once per fold that writes its tiles", async () => {
    const [from, to] = [-3 * DAY_MS, DAY_MS].map((ms) =>
      new Date(Date.now() + ms).toISOString().slice(0, 10),
    );
    const asked = { query: counting("inventory", [from!, to!]) };
    const close = await follow(api.aggregates.rows, { tenantId, ...asked, freshness: "folded" });
    await backend.resetUsage();
    const before = folds();
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 4; j++) await write("inventory");
      await tenant.settled();
      await backend.asleep();
    }
    close();
    expect(await runs()).toEqual({ "aggregates:rows": folds() - before });
  }, 120_000);

  test("runs never for folds of its cube that write other tiles", async () => {
    const asked = { query: counting("inventory", ["2025-11-03", "2025-11-09"]) };
    const close = await follow(api.aggregates.rows, { tenantId, ...asked, freshness: "folded" });
    await backend.resetUsage();
    const before = folds();
    for (let i = 0; i < 5; i++) await write("inventory");
    await tenant.settled();
    await backend.asleep();
    close();
    expect(folds()).toBeGreaterThan(before);
    expect(await runs()).toEqual({});
  }, 120_000);
});
