/** Who is told what: answers are shared between callers whom the backend treats alike, and between no others. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ResultSet } from "@cubejs-client/core";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureMember, ensureTenant, mintToken, operator } from "../../cli/connection.js";
import { api } from "../../convex/_generated/api.js";
import type { CacheLayer } from "../../gateway/cache/layer.js";
import { layered } from "../../gateway/cache/layered.js";
import { memoryLayer } from "../../gateway/cache/memory.js";
import type { Gateway } from "../../gateway/gateway.js";
import type { GatewayLimits } from "../../gateway/limits.js";
import { byMonth, stock } from "../cube/movements.js";
import { gatewayOf, overHttp, overSockets, tenantId, until, viewer } from "./stage.js";
import { stageWithStock, type Stage } from "./stage.js";
import { StreamReader, urlOf } from "./streams.js";

let stage: Stage;
let gateway: Gateway & { logged: string[] };
/** Of another tenant alone. */
let stranger: string;

const write = (quantity: number) =>
  stage.tenant.send("inventory", [stock("2026-04-02T10:00", "Books", quantity)]);
const events = (
  token: string,
  at: { url: string } = gateway,
  headers: Record<string, string> = {},
) => StreamReader.open(urlOf(at, "/v1/subscribe", byMonth), token, headers);
const loads = () => stage.backend.stats().functions["aggregates:load"]?.calls ?? 0;

async function withGateway(
  limits: Partial<GatewayLimits>,
  body: (own: Gateway & { logged: string[] }) => Promise<void>,
  options: Parameters<typeof gatewayOf>[2] = {},
): Promise<void> {
  const own = await gatewayOf(stage.backend, limits, options);
  try {
    await body(own);
  } finally {
    await own.stop();
  }
}

beforeAll(async () => {
  stage = await stageWithStock();
  await ensureTenant(stage.backend, { tenantId: "other" });
  await ensureMember(stage.backend, { tenantId: "other", subject: "bob", role: "admin" });
  stranger = await mintToken(stage.backend, { subject: "bob" });
  gateway = await gatewayOf(stage.backend);
});
afterAll(async () => {
  await gateway?.stop();
  await stage?.backend.stop();
});

describe("identities", () => {
  test("a stranger is refused beside a member who is told", async () => {
    const member = await events(stage.token);
    await until(() => member.events.length === 1);
    const refused = await events(stranger);
    expect(refused.status).toBe(403);
    await refused.ended();
    expect(refused.lines).toMatchObject([{ code: "Forbidden" }]);
    await expect(overHttp(gateway, stranger).load(byMonth)).rejects.toMatchObject({ status: 403 });
    const { client, transport } = overSockets(gateway, stranger);
    await expect(client.load(byMonth)).rejects.toMatchObject({ status: 403 });
    await transport.close();
    const own = await events(stranger, gateway, { "x-rollups-tenant": "other" });
    await until(() => own.events.length === 1);
    expect(own.events[0]!.data["data"]).toEqual([]);
    for (const reader of [member, own]) reader.close();
  });

  test("a token of another's claims and no signature is refused", async () => {
    const [head, claims] = stage.token.split(".");
    const member = await events(stage.token);
    await until(() => member.events.length === 1);
    for (const token of [`${head}.${claims}.AAAA`, "nonsense", `${stage.token}x`]) {
      const refused = await events(token);
      expect(refused.status).toBe(403);
    }
    const anonymous = await fetch(
      urlOf(gateway, "/cubejs-api/v1/load", byMonth, { tenant: tenantId }),
    );
    expect([anonymous.status, await anonymous.json()]).toMatchObject([403, { code: "Forbidden" }]);
    member.close();
  });

  test("members share one subscription where the app says that they may, and none where it does not", async () => {
    const tokens = await Promise.all(["cat", "dan"].map((name) => viewer(stage.backend, name)));
    for (const [key, subscriptions] of [
      ["held:key", 1],
      ["held:missing", 2],
    ] as const) {
      await withGateway(
        {},
        async (own) => {
          const readers = await Promise.all(tokens.map((token) => events(token, own)));
          await until(() => readers.every((reader) => reader.events.length === 1));
          expect(own.counters.of("subscriptions")).toBe(subscriptions);
          for (const reader of readers) reader.close();
        },
        { key },
      );
    }
  });

  test("a page with a lock gets what is let through, beside a member who asks as much", async () => {
    const filters = [{ dimension: "category", operator: "equals", values: ["Toys"] }];
    const client = new ConvexHttpClient(stage.backend.url, { logger: false });
    client.setAuth(stage.token);
    const lock = { inventory: { filters } };
    const asked = { tenantId, lock, expiresInSeconds: 60 };
    const { token } = await client.mutation(api.embeds.create, asked as never);
    const member = await events(stage.token);
    await until(() => member.events.length === 1);
    const page = await events(token);
    await until(() => page.events.length === 1);
    const sums = ({ data }: { data: Record<string, unknown> }) =>
      (data["data"] as Record<string, number>[]).map((row) => row["inventory.quantity"]);
    expect(sums(page.events[0]!)).toEqual([3, -2]);
    expect(sums(member.events[0]!).slice(0, 2)).toEqual([8, 5]);
    await stage.tenant.send("inventory", [stock("2026-01-02T10:00", "Toys", 10)]);
    await until(() => page.events.length === 2 && member.events.length === 2);
    expect([sums(page.events[1]!)[0], sums(member.events[1]!)[0]]).toEqual([13, 18]);
    await stage.tenant.send("inventory", [stock("2026-01-02T10:00", "Toys", -10)]);
    await until(() => member.events.length === 3);
    for (const reader of [member, page]) reader.close();
  });

  test("a member who is removed is told nothing of what comes after, and the others go on", async () => {
    const eve = await viewer(stage.backend, "eve");
    // Eve's subscription is the one that is shared.
    await withGateway({}, async (own) => {
      const removed = await events(eve, own);
      await until(() => removed.events.length === 1);
      const member = await events(stage.token, own);
      await until(() => member.events.length === 1);
      expect(own.counters.of("subscriptions")).toBe(1);
      const tokenIdentifier = `${stage.backend.url}|eve`;
      await operator(stage.backend).mutation("tenants:removeMember", { tenantId, tokenIdentifier });
      await write(1);
      await until(() => member.events.length === 2);
      await until(() => removed.events.length === 2);
      expect(removed.events[1]).toMatchObject({ event: "refusal", data: { code: "Forbidden" } });
      await write(1);
      await until(() => member.events.length === 3);
      expect(removed.events).toHaveLength(2);
      expect(member.events.map(({ event }) => event)).toEqual(Array(3).fill("message"));
      const { watermark } = await stage.tenant.load(byMonth);
      expect(member.events[2]!.id.split(".")[0]).toBe(watermark);
      for (const reader of [member, removed]) reader.close();
    });
  });
});

describe("a token that expires", () => {
  test("ends its readers with the code; the question is carried on for others", async () => {
    await withGateway({}, async (own) => {
      const short = await viewer(stage.backend, "fay", 8);
      const stream = await events(short, own);
      await until(() => stream.events.length === 1);
      const { client, transport } = overSockets(own, short);
      const told: (ResultSet | { response: { code: string } })[] = [];
      client.subscribe(byMonth, {}, (error, set) => {
        told.push((error as never) ?? set);
      });
      await until(() => told.length === 1);
      const member = await events(stage.token, own);
      await until(() => member.events.length === 1);
      expect(own.counters.of("subscriptions")).toBe(1);
      await stream.ended();
      expect(stream.events[1]).toMatchObject({ event: "refusal", data: { code: "Forbidden" } });
      await until(() => told.length === 2);
      expect(told[1]).toMatchObject({ status: 403, response: { code: "Forbidden" } });
      expect((await events(short, own)).status).toBe(403);
      await write(1);
      await until(() => member.events.length === 2);
      expect(own.counters.of("subscriptions")).toBe(2);
      // A new token, as an app's client gets one: what it subscribes to goes on.
      transport.authorization = await viewer(stage.backend, "fay");
      await until(() => told.length === 3);
      expect((told[2] as ResultSet).rawData()).toEqual(member.events[1]!.data["data"]);
      expect(own.logged.join("\n")).not.toContain(short.split(".")[1]);
      member.close();
      await transport.close();
    });
  });
});

describe("many readers", () => {
  test("200 of one question are one subscription and one serialisation per commit", async () => {
    await stage.tenant.settled();
    await withGateway({}, async (own) => {
      const tokens = [
        stage.token,
        await viewer(stage.backend, "gil"),
        await viewer(stage.backend, "hal"),
      ];
      const readers = await Promise.all(
        Array.from({ length: 200 }, (_, i) => events(tokens[i % 3]!, own)),
      );
      await until(() => readers.every((reader) => reader.events.length === 1));
      const { counters } = own;
      expect(counters.of("subscriptions")).toBe(1);
      expect(counters.of("serialisations")).toBe(1);
      const [ran, written] = [loads(), counters.of("serialisations")];
      for (let commit = 1; commit <= 3; commit++) {
        await write(1);
        await until(() => readers.every((reader) => reader.events.length === 1 + commit));
      }
      expect(counters.of("serialisations") - written).toBe(3);
      expect(counters.of("subscriptions")).toBe(1);
      // Once per commit, and once per fold: what a fold leaves as it is, is not told.
      await stage.tenant.settled();
      expect(loads() - ran).toBeLessThanOrEqual(3 + 3 * 2);
      const { watermark } = await stage.tenant.load(byMonth);
      const ids = readers.map((reader) => reader.events[3]!.id);
      expect(new Set(ids)).toEqual(new Set([ids[0]]));
      expect(ids[0]!.split(".")[0]).toBe(watermark);
      for (const reader of readers) reader.close();
    });
  });

  test("more than there may be are refused, and what nobody reads is dropped", async () => {
    await withGateway({ readersMax: 2, keepAliveMs: 50 }, async (own) => {
      const readers = [await events(stage.token, own), await events(stage.token, own)];
      await until(() => readers.every((reader) => reader.events.length === 1));
      const refused = await events(stage.token, own);
      expect([refused.status, refused.response.headers["retry-after"]]).toEqual([429, "1"]);
      for (const reader of readers) reader.close();
      const gauges = async () => (await fetch(`${own.url}/metrics`)).text();
      const nothing = /_sessions 0\n[^]*_questions 0\n[^]*_readers 0\n/;
      await until(async () => nothing.test(await gauges()));
      expect((await overHttp(own, stage.token).load(byMonth)).rawData()).not.toEqual([]);
    });
  });
});

describe("answers that are kept", () => {
  test("are told while the commit is the newest, to those who share them alone", async () => {
    const memory = memoryLayer();
    const keys: string[] = [];
    const set = (key: string, value: Uint8Array) => {
      keys.push(key);
      return memory.set(key, value);
    };
    const layer: CacheLayer = {
      ...{ name: "memory", set },
      get: (key) => memory.get(key),
      invalidate: (prefix) => memory.invalidate(prefix),
    };
    await withGateway(
      { keepAliveMs: 50 },
      async (own) => {
        // Its commits say which one is the newest.
        const live = await events(stage.token, own);
        await until(() => live.events.length === 1);
        const total = { measures: ["inventory.quantity"] };
        const ask = async (token: string) => (await overHttp(own, token).load(total)).rawData();
        const first = await ask(stage.token);
        await sleep(200);
        const ran = loads();
        expect(await ask(stage.token)).toEqual(first);
        expect([own.counters.of("cache_hits"), loads() - ran]).toEqual([1, 0]);
        await expect(ask(stranger)).rejects.toMatchObject({ status: 403 });
        await write(5);
        await until(() => live.events.length === 2);
        const [{ "inventory.quantity": then }] = first as [Record<string, number>];
        expect(await ask(stage.token)).toEqual([{ "inventory.quantity": then! + 5 }]);
        expect(own.counters.of("cache_hits")).toBe(1);
        // Of a shared group: named by hashes, and never by who asks.
        expect(keys).toHaveLength(2);
        expect(keys.join()).not.toContain(tenantId);
        live.close();
      },
      { cache: layered([layer]) },
    );
  });
});
