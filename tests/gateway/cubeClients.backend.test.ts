/**
 * Clients of every kind through a gateway: Cube's stock ones over WebSockets and HTTP, events and streams. All get what
 * `aggregates:load` says, by the route that this names.
 */
import type { Meta, ResultSet } from "@cubejs-client/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Gateway } from "../../gateway/gateway.js";
import { byMonth, stock } from "../cube/movements.js";
import * as stages from "./stage.js";
import { gatewayOf, overHttp, overSockets, tenantId, until, type Stage } from "./stage.js";
import { StreamReader, urlOf } from "./streams.js";

let stage: Stage;
let gateway: Gateway;

beforeAll(async () => {
  stage = await stages.stageWithStock();
  gateway = await gatewayOf(stage.backend);
});
afterAll(async () => {
  await gateway?.stop();
  await stage?.backend.stop();
});

const quantities = (set: ResultSet) => set.rawData().map((row) => row["inventory.quantity"]);
const write = (quantity: number, at = "2026-04-02T10:00") =>
  stage.tenant.send("inventory", [stock(at, "Books", quantity)]);

/** Rows of `load`, as Cube's clients have them: with the plain time, too. */
async function loaded() {
  const { data, servedBy, watermark } = await stage.tenant.load(byMonth);
  const month = "inventory.occurredAt.month";
  return {
    rows: data.map((row) => ({ ...row, "inventory.occurredAt": row[month] })),
    rollup: servedBy.split("@")[0],
    watermark,
  };
}

function resultOf(set: ResultSet) {
  const { results } = set.serialize().loadResponse as unknown as {
    results: { usedPreAggregations: object; watermark: string }[];
  };
  return results[0]!;
}

describe("over WebSockets", () => {
  test("a subscription tells the answer, and that of each write", async () => {
    const { client, transport } = overSockets(gateway, stage.token);
    const told: ResultSet[] = [];
    const subscription = client.subscribe(byMonth, {}, (_, set) => told.push(set));
    await until(() => told.length === 1);
    expect(quantities(told[0]!)).toEqual([8, 5, 1]);
    await write(11);
    await until(() => told.length === 2);
    const { rows, rollup, watermark } = await loaded();
    expect(quantities(told[1]!)).toEqual([8, 5, 1, 11]);
    expect(told[1]!.rawData()).toEqual(rows);
    expect(resultOf(told[1]!).watermark).toBe(watermark);
    expect(Object.keys(resultOf(told[1]!).usedPreAggregations)).toEqual([rollup]);
    // Folding what was written brings nothing new.
    await stage.tenant.settled();
    expect(told).toHaveLength(2);
    await (subscription as unknown as { unsubscribe(): Promise<void> }).unsubscribe();
    await transport.close();
  });

  test("load, meta, dry-run and blended queries are answered, and refusals told by their codes", async () => {
    const { client, transport } = overSockets(gateway, stage.token);
    expect((await client.load(byMonth)).rawData()).toEqual((await loaded()).rows);
    const meta: Meta = await client.meta();
    expect(meta.resolveMember("inventory.quantity", "measures")).toMatchObject({ type: "number" });
    expect((await client.dryRun(byMonth)).queryType).toBe("regularQuery");
    const views = {
      measures: ["watch.count"],
      timeDimensions: [{ ...byMonth.timeDimensions![0]!, dimension: "watch.watchedAt" }],
      timezone: "UTC",
    };
    const blended = await client.load([byMonth, views] as never);
    expect((blended as ResultSet).decompose().map((set) => set.rawData().length)).toEqual([4, 0]);
    await expect(client.load({ measures: ["inventory.quantities"] })).rejects.toMatchObject({
      status: 400,
      response: { code: "InvalidQuery" },
    });
    await transport.close();
  });

  test("frames that are no messages are refused one by one, and the socket goes on", async () => {
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/?tenant=${tenantId}`);
    const told: { messageId?: unknown; status?: number; message?: { error?: string } }[] = [];
    socket.on("message", (data: Buffer) => told.push(JSON.parse(data.toString()) as never));
    await until(() => socket.readyState === WebSocket.OPEN);
    const early = { messageId: 1, method: "load", params: { query: byMonth } };
    const frames = [
      ...["{", "null", "[]", '"load"', '{"messageId":{}}', '{"messageId":2}', '{"unsubscribe":[]}'],
      ...[JSON.stringify(early), JSON.stringify({ authorization: stage.token })],
      ...['{"messageId":3,"method":"__proto__"}', '{"messageId":4,"method":"load"}'],
      ...[JSON.stringify({ ...early, messageId: "5" }), '{"unsubscribe":99}'],
    ];
    for (const frame of frames) socket.send(frame);
    socket.send(Buffer.from([0xff, 0x00]));
    await until(() => told.length === 13);
    expect(told.filter(({ status }) => status === undefined)).toEqual([{ handshake: true }]);
    const statuses = (id: unknown) => told.filter((one) => one.messageId === id && one.status);
    expect(statuses(undefined).map(({ status }) => status)).toEqual(Array(7).fill(400));
    expect(statuses(1)).toMatchObject([{ status: 403, message: { error: "Not authorized" } }]);
    expect([2, 3, 4].map((id) => statuses(id)[0]?.status)).toEqual([400, 400, 400]);
    expect(statuses("5")).toMatchObject([{ status: 200, message: { exact: true } }]);
    // Longer than what is taken: the client is told by 1009, and does not try again.
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.send("x".repeat(2_000_000));
    expect(await closed).toBe(1009);
  });
});

describe("a slow WebSocket", () => {
  test("has one message on its way, and then the newest answer", async () => {
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/?tenant=${tenantId}`);
    const told: { message: { data: Record<string, number>[]; watermark: string } }[] = [];
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { messageId?: number };
      if (message.messageId === 1) told.push(message as never);
    });
    await until(() => socket.readyState === WebSocket.OPEN);
    socket.send(JSON.stringify({ authorization: stage.token }));
    socket.send(JSON.stringify({ messageId: 1, method: "subscribe", params: { query: byMonth } }));
    await until(() => told.length === 1);
    socket.pause();
    const skipped = gateway.counters.of("skipped");
    const watching = await StreamReader.open(
      urlOf(gateway, "/v1/stream", byMonth, { follow: "1" }),
      stage.token,
    );
    const seen = () => watching.lines.filter((line) => "rows" in line).length;
    await until(() => seen() === 1);
    for (let i = 1; i <= 5; i++) {
      await write(i);
      await until(() => seen() === 1 + i);
    }
    watching.close();
    // The first is on its way, the next three made room for the last.
    expect(gateway.counters.of("skipped")).toBe(skipped + 3);
    socket.resume();
    const { rows, watermark } = await loaded();
    await until(() => told.at(-1)!.message.watermark === watermark);
    expect(told).toHaveLength(3);
    expect(told[2]!.message.data).toEqual(rows);
    socket.close();
  });
});

describe("over HTTP", () => {
  test("load is that of the backend, in each form", async () => {
    const client = overHttp(gateway, stage.token);
    const { rows, rollup, watermark } = await loaded();
    const set = await client.load(byMonth);
    expect(set.rawData()).toEqual(rows);
    expect(resultOf(set)).toMatchObject({ watermark, usedPreAggregations: { [rollup!]: {} } });
    for (const responseFormat of ["compact", "columnar"] as const) {
      const formed = await client.load({ ...byMonth, responseFormat } as never);
      expect((formed as ResultSet).rawData()).toEqual(rows);
    }
    expect((await client.meta()).cubes.map(({ name }) => name)).toContain("inventory");
    expect((await client.sql(byMonth)).sql()).toContain(rollup);
  });

  test("what is wrong with a request is told by status and code", async () => {
    const headers = { authorization: stage.token, "x-rollups-tenant": tenantId };
    const at = (path: string, init: RequestInit = { headers }) =>
      fetch(`${gateway.url}${path}`, init);
    const load = "/cubejs-api/v1/load";
    const post = (body: string) => at(load, { method: "POST", headers, body });
    const asked: [Promise<Response>, number, string?][] = [
      [at(`${load}?query={`), 400, "InvalidQuery"],
      [post("[]"), 400, "InvalidQuery"],
      [post("x".repeat(1_100_000)), 400, "InvalidQuery"],
      [at(`${load}?query={}`, { headers: { authorization: stage.token } }), 403, "Forbidden"],
      [at("/cubejs-api/v1/cubesql"), 400, "UnsupportedQuery"],
      [at("/cubejs-api/v1/nothing"), 404],
      [at("/nothing"), 404],
      [at(load, { method: "DELETE", headers }), 405],
      [at("/v1/stream?query=[]"), 400, "InvalidQuery"],
    ];
    for (const [answer, status, code] of asked) {
      const response = await answer;
      expect(response.status).toBe(status);
      expect(((await response.json()) as { code?: string }).code).toBe(code);
    }
    const preflight = await at(load, { method: "OPTIONS" });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([
      204,
      "*",
    ]);
  });

  test("operators are told that it is alive and ready, and what it did", async () => {
    for (const path of ["/livez", "/readyz"]) {
      const response = await fetch(`${gateway.url}${path}`);
      expect([response.status, await response.json()]).toEqual([200, { health: "HEALTH" }]);
    }
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(text).toMatch(/^rollups_gateway_serialisations_total \d+$/m);
    expect(text).toMatch(/^rollups_gateway_questions \d+$/m);
  });
});

describe("streams", () => {
  test("events tell each answer by its commit, and one that was seen is not told again", async () => {
    const url = urlOf(gateway, "/v1/subscribe", byMonth);
    const first = await StreamReader.open(url, stage.token);
    await until(() => first.events.length === 1);
    await write(1);
    await until(() => first.events.length === 2);
    const { rows, watermark } = await loaded();
    const [, second] = first.events;
    expect(second!.id.split(".")[0]).toBe(watermark);
    expect(second!.data["data"]).toEqual(rows);
    first.close();
    const back = await StreamReader.open(url, stage.token, { "last-event-id": second!.id });
    await until(() => back.response.headers["content-type"]!.startsWith("text/event-stream"));
    await write(2);
    await until(() => back.events.length > 0);
    expect(back.events).toHaveLength(1);
    expect(back.events[0]!.data["data"]).toEqual((await loaded()).rows);
    back.close();
    const late = await StreamReader.open(url, stage.token, { "last-event-id": second!.id });
    await until(() => late.events.length === 1);
    expect(late.events[0]!.id).toBe(back.events[0]!.id);
    late.close();
  });

  test("lines are the rows of the answer, and the last one counts them", async () => {
    const reader = await StreamReader.open(urlOf(gateway, "/v1/stream", byMonth), stage.token);
    await reader.ended();
    const { rows, rollup, watermark } = await loaded();
    const [about, ...rest] = reader.lines;
    expect(about).toMatchObject({ watermark, exact: true });
    expect(String(about!["servedBy"]).split("@")[0]).toBe(rollup);
    expect(rest.pop()).toEqual({ rows: rows.length, watermark });
    expect(rest.map((row) => row["inventory.quantity"])).toEqual(
      rows.map((row) => (row as Record<string, unknown>)["inventory.quantity"]),
    );
  });
});
