/**
 * Cube's stock client, unmodified, over HTTP and over a live connection: what it sends is answered, what it reads
 * is there, and every answer equals that of `aggregates:load` by the route that this names.
 */
import cubeModule, { type CubeApi, type Query, type ResultSet } from "@cubejs-client/core";
import { ConvexClient } from "convex/browser";
import { ConvexReactClient } from "convex/react";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Tenant } from "../../bench/support/tenant.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import { ensureMember, ensureTenant, mintToken } from "../../cli/connection.js";
import { api } from "../../convex/_generated/api.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp, setEnvironment } from "../../local/push.js";
import { CubeTransport } from "../../src/cube/index.js";
import { startStage } from "../support/stage.js";
import { byMonth, stock } from "./movements.js";

/** The package is CommonJS without marks that Node could read its default export by. */
const cube = ((cubeModule as unknown as { default?: typeof cubeModule }).default ??
  cubeModule) as unknown as (token: string, options: object) => CubeApi;

const tenantId = "acme";
const CUBE_REQUESTS_PER_MINUTE = "100000";
const sockets = {
  webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
  logger: false,
};

let backend: LocalBackend;
let tenant: Tenant;
let token: string;
let stranger: string;

beforeAll(async () => {
  backend = await startStage();
  await pushApp(backend, { cwd: projectRoot });
  await setEnvironment(backend, {
    ...{ ROLLUPS_REST_MS_MIN: "200", ROLLUPS_REST_MS_MAX: "500" },
    // Hostile requests are many.
    CUBE_REQUESTS_PER_MINUTE,
  });
  tenant = await Tenant.open(backend, tenantId);
  token = await mintToken(backend, { subject: "ann" });
  stranger = await mintToken(backend, { subject: "bob" });
  await ensureTenant(backend, { tenantId: "other" });
  await ensureMember(backend, { tenantId: "other", subject: "bob", role: "admin" });
  await tenant.send("inventory", [
    stock("2026-01-05T10:00", "Books", 5),
    stock("2026-01-20T10:00", "Toys", 3),
    stock("2026-02-03T10:00", "Books", 7),
    stock("2026-02-28T23:00", "Toys", -2),
    stock("2026-03-31T12:00", "Books", 1),
  ]);
  await tenant.settled();
});

afterAll(async () => {
  await backend?.stop();
});

function overHttp(
  authorization: string,
  headers: Record<string, string> = { "x-rollups-tenant": tenantId },
) {
  return cube(authorization, { apiUrl: `${backend.siteUrl}/cubejs-api/v1`, headers });
}

/** Rows as `aggregates:load` has them, and the only result of the client's answer. */
async function both(client: CubeApi, query: Query) {
  const [set, loaded] = await Promise.all([client.load(query), tenant.load(query)]);
  return { set: set as ResultSet, loaded };
}

describe("over HTTP", () => {
  test("rows, and the rollup that they are from, are those of load", async () => {
    const { set, loaded } = await both(overHttp(token), byMonth);
    expect(set.rawData()).toEqual(
      loaded.data.map((row) => ({
        ...row,
        "inventory.occurredAt": row["inventory.occurredAt.month"],
      })),
    );
    expect(set.rawData().map((row) => row["inventory.quantity"])).toEqual([8, 5, 1]);
    const { results } = set.serialize().loadResponse as unknown as {
      results: { usedPreAggregations: object; watermark: string; exact: boolean }[];
    };
    expect(Object.keys(results[0]!.usedPreAggregations)).toEqual([loaded.servedBy.split("@")[0]]);
    expect(results[0]).toMatchObject({ watermark: loaded.watermark, exact: true });
  });

  test("trees, searched texts, segments and filters on measures are answered from tiles", async () => {
    const { set, loaded } = await both(overHttp(token), {
      measures: ["inventory.quantity"],
      dimensions: ["inventory.category"],
      segments: ["inventory.outgoing"],
      filters: [
        {
          or: [
            { member: "inventory.category", operator: "contains", values: ["OY"] },
            { member: "inventory.kind", operator: "notSet" },
          ],
        },
        { member: "inventory.count", operator: "gte", values: ["1"] },
      ],
    });
    expect(set.rawData()).toEqual([{ "inventory.category": "Toys", "inventory.quantity": -2 }]);
    expect(loaded.data).toEqual(set.rawData());
    expect(loaded.servedBy).toMatch(/^inventory\.by_kind@/);
    const meta = await overHttp(token).meta();
    expect(meta.membersForQuery(null, "segments").map(({ name }) => name)).toEqual([
      "inventory.outgoing",
    ]);
  });

  test("records are told one by one from the source", async () => {
    const { set, loaded } = await both(overHttp(token), {
      measures: ["inventory.quantity"],
      dimensions: ["inventory.category"],
      order: { "inventory.quantity": "asc" },
      ungrouped: true,
    });
    expect(set.rawData().map((row) => row["inventory.quantity"])).toEqual([-2, 1, 3, 5, 7]);
    expect(loaded.servedBy).toBe("scan");
  });

  test("a raw token and a bearer token are the same caller", async () => {
    const [raw, bearer] = await Promise.all(
      [token, `Bearer ${token}`].map(async (one) => (await overHttp(one).load(byMonth)).rawData()),
    );
    expect(raw).toHaveLength(3);
    expect(bearer).toEqual(raw);
  });

  test("months without records are filled, pivots are made, and series are named by their titles", async () => {
    const set = await overHttp(token).load({ ...byMonth, dimensions: ["inventory.category"] });
    const config = { x: ["inventory.occurredAt.month"], y: ["inventory.category", "measures"] };
    expect(set.seriesNames(config).map(({ shortTitle }) => shortTitle)).toEqual([
      "Books, Quantity",
      "Toys, Quantity",
    ]);
    expect(set.chartPivot(config).map(({ x }) => x.slice(0, 7))).toEqual([
      ...["2026-01", "2026-02", "2026-03", "2026-04"],
    ]);
    expect(set.chartPivot(config).map((row) => row["Books,inventory.quantity"])).toEqual([
      ...[5, 7, 1, 0],
    ]);
    expect(set.tablePivot(config)[0]).toMatchObject({
      "inventory.occurredAt.month": "2026-01-01T00:00:00.000",
      "Books,inventory.quantity": 5,
    });
  });

  test("a click on a value shows what it is made of, from tiles", async () => {
    const set = await overHttp(token).load({
      ...byMonth,
      segments: ["inventory.outgoing"],
      filters: [{ member: "inventory.category", operator: "equals", values: ["Toys"] }],
    });
    const query = set.drillDown({ xValues: ["2026-02-01T00:00:00.000"] });
    expect(query).toMatchObject({
      measures: ["inventory.quantity"],
      dimensions: ["inventory.product", "inventory.warehouse", "inventory.kind"],
    });
    const { set: shown, loaded } = await both(overHttp(token), query as Query);
    expect(shown.rawData()).toEqual([
      {
        ...{ "inventory.product": "Ada", "inventory.warehouse": "North" },
        ...{ "inventory.kind": "shipment", "inventory.quantity": -2 },
      },
    ]);
    expect(loaded.servedBy).toMatch(/^inventory\.by_product@/);
    const counted = await overHttp(token).load({ measures: ["inventory.count"] });
    expect(counted.drillDown({ xValues: [] })).toBeNull();
  });

  test("ranges that are compared come one result each", async () => {
    const [time] = byMonth.timeDimensions!;
    const { dateRange: _, ...compared } = time as { dateRange?: unknown; dimension: string };
    const set = await overHttp(token).load({
      ...byMonth,
      timeDimensions: [
        {
          ...compared,
          compareDateRange: [
            ["2026-01-01", "2026-01-31"],
            ["2026-02-01", "2026-02-28"],
          ],
        } as never,
      ],
    });
    expect(
      set.decompose().map((one) => one.rawData().map((row) => row["inventory.quantity"])),
    ).toEqual([[8], [5]]);
  });

  test("queries over both cubes are blended by their months", async () => {
    const views: Query = {
      measures: ["watch.count"],
      timeDimensions: [{ ...byMonth.timeDimensions![0]!, dimension: "watch.watchedAt" }],
      timezone: "UTC",
    };
    const set = await overHttp(token).load([byMonth, views]);
    expect(set.pivotQuery()).toMatchObject({
      measures: ["inventory.quantity", "watch.count"],
      timeDimensions: [{ dimension: "time", granularity: "month" }],
    });
    expect(set.chartPivot().map((row) => [row.x.slice(0, 7), row["inventory.quantity"]])).toEqual([
      ...[
        ["2026-01", 8],
        ["2026-02", 5],
        ["2026-03", 1],
        ["2026-04", 0],
      ],
    ]);
  });

  test("compact and columnar responses hold the same rows", async () => {
    const plain = (await overHttp(token).load(byMonth)).rawData();
    for (const responseFormat of ["compact", "columnar"] as const) {
      const set = await overHttp(token).load({ ...byMonth, responseFormat } as Query);
      expect(set.rawData()).toEqual(plain);
    }
  });

  test("ranges in words are resolved in the tenant's zone", async () => {
    const quarter = "from 2026-01-01 to 2026-03-31";
    const { set } = await both(overHttp(token), byMonth);
    const inWords = await overHttp(token).load({
      ...byMonth,
      timeDimensions: [{ ...byMonth.timeDimensions![0]!, dateRange: quarter }],
    });
    expect(inWords.rawData()).toEqual(set.rawData());
    const all = await overHttp(token).load({
      measures: ["inventory.count"],
      timeDimensions: [{ dimension: "inventory.occurredAt", dateRange: "from 2020-01-01 to now" }],
    });
    expect(all.rawData()).toEqual([{ "inventory.count": 5 }]);
  });

  test("meta, dry-run and sql are as the client reads them", async () => {
    const client = overHttp(token);
    const meta = await client.meta();
    expect(meta.resolveMember("inventory.quantity", "measures")).toMatchObject({
      shortTitle: "Quantity",
      type: "number",
      aggType: "sum",
    });
    expect(meta.membersForQuery(byMonth, "dimensions").map(({ name }) => name)).toContain(
      "inventory.category",
    );
    const dry = await client.dryRun(byMonth);
    expect(dry.queryType).toBe("regularQuery");
    expect(dry.pivotQuery.measures).toEqual(["inventory.quantity"]);
    const sql = await client.sql(byMonth);
    expect((sql as unknown as { sql(): string }).sql()).toMatch(
      /^-- inventory\.totals@1\n--   tiles of a month from 2026-01-01T00:00:00\.000Z to 2026-05-01/,
    );
  });

  test("refusals have Cube's shape and our code", async () => {
    const client = overHttp(token);
    await expect(client.load({ measures: ["inventory.quantityy"] })).rejects.toMatchObject({
      status: 400,
      response: { type: "UserError", code: "InvalidQuery" },
    });
    const byDay = { timeDimensions: [{ ...byMonth.timeDimensions![0]!, granularity: "day" }] };
    await expect(client.load([byMonth, { ...byMonth, ...byDay }] as never)).rejects.toMatchObject({
      status: 400,
      response: { code: "InvalidQuery", error: "Data blending query granularities must match" },
    });
    await expect(client.load([byMonth, { measures: ["watch.none"] }])).rejects.toMatchObject({
      status: 400,
      response: { code: "InvalidQuery" },
    });
    for (const more of [{ $max: 1 }, { segments: ["\ud83d"] }]) {
      await expect(client.load({ ...byMonth, ...more } as never)).rejects.toMatchObject({
        status: 400,
        response: { code: "InvalidQuery", path: "query" },
      });
    }
  });

  test("strangers, wrong tokens and other tenants' members get one refusal, and learn nothing", async () => {
    const refused = async (client: CubeApi) =>
      await client.load(byMonth).then(
        () => "answered",
        ({ status, response }: { status: number; response: object }) => ({ status, response }),
      );
    const forbidden = { status: 403, response: expect.objectContaining({ code: "Forbidden" }) };
    for (const client of [
      overHttp(stranger),
      overHttp(`Bearer ${stranger}`),
      overHttp("nonsense"),
      overHttp("Bearer nonsense"),
      overHttp(token, { "x-rollups-tenant": "nobody" }),
      overHttp(token, {}),
    ]) {
      expect(await refused(client)).toEqual(forbidden);
    }
  });

  test("a browser of another origin may ask", async () => {
    const response = await fetch(`${backend.siteUrl}/cubejs-api/v1/load`, {
      method: "OPTIONS",
      headers: {
        origin: "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-request-id",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-headers")).toContain("x-request-id");
    for (const path of ["/readyz", "/livez"]) {
      expect(await (await fetch(`${backend.siteUrl}${path}`)).json()).toEqual({ health: "HEALTH" });
    }
  });

  test("a long question is sent as a body, and answered", async () => {
    const values = Array.from({ length: 300 }, (_, i) => `Category number ${i}`);
    const filters = [
      { member: "inventory.category", operator: "equals" as const, values: ["Toys", ...values] },
    ];
    const set = await overHttp(token).load({ ...byMonth, filters });
    expect(set.rawData().map((row) => row["inventory.quantity"])).toEqual([3, -2]);
  });
});

describe("a member who asks too often", () => {
  test("is told when to come back, and nobody else is", async () => {
    await setEnvironment(backend, { CUBE_REQUESTS_PER_MINUTE: "6" });
    try {
      await ensureMember(backend, { tenantId, subject: "eve", role: "viewer" });
      const eve = await mintToken(backend, { subject: "eve" });
      const ask = (authorization: string) =>
        fetch(`${backend.siteUrl}/cubejs-api/v1/meta`, {
          headers: { authorization, "x-rollups-tenant": tenantId },
        });
      // What is counted is added up in the background.
      let refused = await ask(eve);
      let asked = 1;
      for (; refused.status === 200 && asked < 60; asked++) {
        refused = await ask(asked % 2 === 0 ? eve : `Bearer ${eve}`);
      }
      expect(asked).toBeGreaterThan(6);
      expect(refused.status).toBe(429);
      const body = (await refused.json()) as { code: string; retryAfter: number };
      expect(body).toMatchObject({ code: "TooManyRequests", error: expect.any(String) });
      const seconds = Number(refused.headers.get("retry-after"));
      expect(seconds).toBe(Math.ceil(body.retryAfter / 1000));
      expect(seconds).toBeGreaterThan(0);
      expect((await ask(token)).status).toBe(200);
      await expect(overHttp(eve).load(byMonth)).rejects.toMatchObject({ status: 429 });
    } finally {
      await setEnvironment(backend, { CUBE_REQUESTS_PER_MINUTE });
    }
  });

  test("may ask a whole dashboard at once", async () => {
    const sets = await Promise.all(
      Array.from({ length: 30 }, async (_, i) =>
        overHttp(token).load({ ...byMonth, limit: i + 1 }),
      ),
    );
    expect(sets.map((set) => set.rawData().length)).toEqual(
      Array.from({ length: 30 }, (_, i) => Math.min(i + 1, 3)),
    );
  });
});

describe("a hostile request", () => {
  const nested = (depth: number): unknown => (depth === 0 ? [] : { or: [nested(depth - 1)] });
  const queries: unknown[] = [
    ...[undefined, null, 5, "", "{", "[]", [], [[]], [null], {}, { measures: "x" }],
    { measures: ["inventory.count; drop table inventoryRecords"] },
    { measures: ["__proto__.constructor"], dimensions: ["inventory.__proto__"] },
    { measures: Array.from({ length: 5000 }, () => "inventory.count") },
    { measures: ["inventory.count"], filters: [nested(60)] },
    {
      measures: ["inventory.count"],
      filters: [{ dimension: 5, operator: "equals", values: [{}] }],
    },
    { measures: ["inventory.count"], timeDimensions: [{ dateRange: "the day of judgement" }] },
    { measures: ["inventory.count"], timezone: "Mars/Olympus", limit: -1 },
    { measures: ["inventory.count"], responseFormat: "xml" },
  ];
  const methods = ["load", "subscribe", "dry-run", "sql", "pre-aggregations/can-use"];

  test.each(methods)(
    "to %s is refused by a code, whether as a link or as a body",
    async (method) => {
      const url = `${backend.siteUrl}/cubejs-api/v1/${method}`;
      const headers = { authorization: token, "x-rollups-tenant": tenantId };
      for (const query of queries) {
        const text = typeof query === "string" ? query : JSON.stringify(query);
        const asked = [fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) })];
        const link = `${url}?query=${encodeURIComponent(text ?? "")}`;
        if (link.length < 8000) asked.push(fetch(link, { headers }));
        for (const response of await Promise.all(asked)) {
          const body = (await response.json()) as Record<string, unknown>;
          expect(response.status, text).toBe(400);
          expect(body, text).toMatchObject({ type: "UserError", code: expect.any(String) });
        }
      }
    },
  );

  test("with a body that is none, or for what there is not, is refused by a code", async () => {
    const base = `${backend.siteUrl}/cubejs-api/v1`;
    const headers = { authorization: token, "x-rollups-tenant": tenantId };
    for (const body of ["", "null", "[]", "5", "{", '"x"']) {
      const response = await fetch(`${base}/load`, { method: "POST", headers, body });
      expect([response.status, (await response.json()) as object]).toMatchObject([
        400,
        { code: "InvalidQuery" },
      ]);
    }
    for (const [path, status] of [
      ["cubesql", 400],
      ["pre-aggregations/jobs", 400],
      ["nothing", 404],
      ["__proto__", 404],
      ["load/../../x", 404],
    ] as const) {
      const response = await fetch(`${base}/${path}?query={}`, { headers });
      expect(response.status, path).toBe(status);
    }
  });
});

describe.each(["ConvexReactClient", "ConvexClient"] as const)("over a %s", (kind) => {
  test("an insert, an edit and a removal are each told once", async () => {
    const client =
      kind === "ConvexReactClient"
        ? new ConvexReactClient(backend.url, sockets)
        : new ConvexClient(backend.url, sockets);
    client.setAuth(() => Promise.resolve(token));
    const transport = new CubeTransport({ client, api: api.aggregates, tenant: { tenantId } });
    const live = cube("", { transport });
    const query: Query = {
      measures: ["inventory.count", "inventory.quantity"],
      filters: [{ member: "inventory.category", operator: "equals", values: [kind] }],
    };
    const seen: unknown[] = [];
    const subscription = live.subscribe(query, {}, (error, set) => {
      const [row] = error === null ? set.rawData() : [{ "inventory.count": String(error) }];
      seen.push([row?.["inventory.count"] ?? 0, row?.["inventory.quantity"] ?? 0]);
    });
    const told = async (count: number) =>
      await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(count);
    try {
      await told(1);
      const row = stock("2026-03-01T10:00", kind, 4);
      const { id } = await client.mutation(api.inventory.record, { tenantId, row: row as never });
      await told(2);
      const edit = { tenantId, id: id as never, patch: { quantity: 9 } };
      await client.mutation(api.inventory.update, edit);
      await told(3);
      await client.mutation(api.inventory.remove, { tenantId, id: id as never });
      await told(4);
      await tenant.settled();
      expect(seen).toEqual([
        [0, 0],
        [1, 4],
        [1, 9],
        [0, 0],
      ]);
      // The same answer, asked once.
      expect((await live.load(byMonth)).rawData()).toEqual(
        (await overHttp(token).load(byMonth)).rawData(),
      );
      expect((await live.meta()).cubes.map(({ name }) => name)).toEqual(["watch", "inventory"]);
    } finally {
      await subscription.unsubscribe();
      await client.close();
    }
  });
});
