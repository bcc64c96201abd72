/**
 * View keys on a backend with live subscriptions: all viewers of a tenant share the runs of one, and the commit that
 * removes a member ends what it subscribes to, key and all.
 */
import { ConvexError } from "convex/values";
import { ConvexClient } from "convex/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ensureMember, mintToken, operator } from "../../cli/connection.js";
import { api } from "../../convex/_generated/api.js";
import { until, UpkeepBackend } from "../upkeep/backend.js";

const tenantId = "acme";
const VIEWERS = 10;

let backend: UpkeepBackend;
let tenant: Awaited<ReturnType<UpkeepBackend["tenant"]>>;
const clients: ConvexClient[] = [];

beforeAll(async () => {
  backend = await UpkeepBackend.start({ ROLLUPS_REST_MS_MIN: "60000" });
  tenant = await backend.tenant(tenantId);
  await tenant.settled();
  await until(() => backend.stored("viewSecrets").length === 1);
  // What builds and measures has come to its end: from now on only writes run queries again.
  await backend.asleep();
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await backend?.stop();
});

/** Messages are redacted, as on Convex; codes are not. */
function codeOf(error: Error): string {
  const data: unknown = error instanceof ConvexError ? error.data : null;
  return (data as { code?: string } | null)?.code ?? error.message;
}

/** A member whose browser watches the tail and the open tiles of a rollup, by the key or by who it is. */
async function viewer(subject: string, withKey: boolean) {
  const { local } = backend;
  await ensureMember(local, { tenantId, subject, role: "viewer" });
  const token = await mintToken(local, { subject });
  const client = new ConvexClient(local.url, {
    webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  client.setAuth(() => Promise.resolve(token));
  clients.push(client);
  const seen = { tails: 0, last: "", tiles: 0, errors: [] as string[], keys: [] as string[] };
  const failed = (error: Error) => void seen.errors.push(codeOf(error));
  client.onUpdate(api.held.key, { tenantId }, (key) => void seen.keys.push(key), failed);
  await until(() => seen.keys.length > 0);
  const key = withKey ? seen.keys[0]! : "";
  const ask = { tenantId, key };
  const onTail = ({ changes }: { changes: string }) => {
    seen.tails++;
    seen.last = changes;
  };
  client.onUpdate(api.held.tail, { ...ask, cube: "inventory" }, onTail, failed);
  const range = { rollup: "inventory.totals", generation: 1, from: null, to: null };
  client.onUpdate(
    api.held.tiles,
    { ...ask, ...range, granularity: "day" },
    () => void seen.tiles++,
    failed,
  );
  await until(() => seen.tails > 0 && seen.tiles > 0);
  return seen;
}

/** How often the queries were called by subscriptions meanwhile, and how often their code ran. */
async function workOf(change: () => Promise<void>) {
  await backend.resetUsage();
  await change();
  const { callsByFunction, cachedResults } = await backend.usage();
  const held = Object.entries(callsByFunction).filter(([name]) => name.startsWith("held:"));
  const calls = held.reduce((sum, [, count]) => sum + count, 0);
  return { calls, runs: calls - cachedResults };
}

async function recordAndSee(viewers: Awaited<ReturnType<typeof viewer>>[]) {
  const before = viewers.map(({ tails }) => tails);
  await backend.record(tenant.connect(), tenantId);
  await until(() => viewers.every(({ tails }, i) => tails > before[i]!));
}

describe("viewers who ask with the key", () => {
  test("share one run, however many they are; those who ask as themselves have one each", async () => {
    const shared: Awaited<ReturnType<typeof viewer>>[] = [];
    const subscribing = await workOf(async () => {
      for (let i = 0; i < VIEWERS; i++) shared.push(await viewer(`shared-${i}`, true));
    });
    // The key of each, and one tail and one range of tiles for all.
    expect(subscribing).toEqual({ calls: 3 * VIEWERS, runs: VIEWERS + 2 });
    expect(await workOf(() => recordAndSee(shared))).toEqual({ calls: VIEWERS, runs: 1 });
    expect(new Set(shared.map(({ last }) => last)).size).toBe(1);

    const own = [await viewer("own-0", false), await viewer("own-1", false)];
    expect(await workOf(() => recordAndSee([...shared, ...own]))).toEqual({
      ...{ calls: VIEWERS + 2, runs: 3 },
    });
    expect(own[0]!.last).toBe(shared[0]!.last);
  }, 120_000);

  test("lose every shared subscription with the commit that removes one, and the others get a new key", async () => {
    const eve = await viewer("eve", true);
    const bob = await viewer("bob", true);
    const [key] = bob.keys;
    const tokenIdentifier = `${backend.local.url}|eve`;
    await operator(backend.local).mutation("tenants:removeMember", { tenantId, tokenIdentifier });
    // The key, the tail and the tiles of her; the shared ones of him, who is told the next key.
    await until(() => eve.errors.length === 3 && bob.errors.length === 2);
    for (const code of [...eve.errors, ...bob.errors]) expect(code).toBe("Forbidden");
    await until(() => bob.keys.length === 2);
    expect(bob.keys[1]).toMatch(/^[0-9a-f]{32}$/);
    expect(bob.keys[1]).not.toBe(key);
    const { tails } = eve;
    await backend.record(tenant.connect(), tenantId);
    const late = await viewer("late", true);
    expect(late.tails).toBe(1);
    expect(eve.tails).toBe(tails);
  }, 120_000);
});
