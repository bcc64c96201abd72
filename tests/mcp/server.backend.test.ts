/**
 * Agents by the official SDK's clients, unmodified: over HTTP and over stdio they list what there is, ask, and come from
 * a refusal to an answer. Every number equals that of `aggregates:load`, by the route that it names. What is no agent's
 * request is refused by the protocol's codes, and a caller learns what `authorize` lets it, and no more.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Tenant } from "../../bench/support/tenant.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import { ensureMember, ensureTenant, mintToken, operator } from "../../cli/connection.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp, setEnvironment } from "../../local/push.js";
import { byMonth, stock } from "../cube/movements.js";
import { corrupt } from "../hostile/support/values.js";
import { dice } from "../realData/random.js";
import { startStage } from "../support/stage.js";
import {
  overHttp,
  overLaterHttp,
  overLaterStdio,
  overStdio,
  type Agent,
  type Called,
  type Subject,
} from "./agents.js";

const tenantId = "acme";
const CUBE_REQUESTS_PER_MINUTE = "100000";

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
  // More than are scanned: the same category every minute of some days of May.
  const may = Date.parse("2026-05-01T00:00Z");
  await tenant.send(
    "inventory",
    Array.from({ length: 8200 }, (_, i) => ({
      ...stock("2026-05-01T00:00", "Many", 1),
      occurredAt: may + i * 60_000,
    })),
  );
  await tenant.settled();
});

afterAll(async () => {
  await backend?.stop();
});

const subject = (of: Partial<Subject> = {}): Subject => ({
  ...{ url: backend.url, siteUrl: backend.siteUrl, token, tenantId },
  ...of,
});

interface Refusal {
  code: string;
  kind: string;
  message: string;
  nearest?: { query: object; changes: string[]; servedBy: string } | null;
  names?: { asked: string; nearest: string[] }[];
  considered?: { rollup: string; code: string }[];
}

const refusalOf = ({ structuredContent, isError }: Called): Refusal => {
  expect(isError).toBe(true);
  return structuredContent["refusal"] as Refusal;
};

/** More than 8,000 records, by hour, which the rollups of products and kinds keep no buckets of. */
const busy = {
  measures: ["inventory.quantity"],
  dimensions: ["inventory.kind"],
  timeDimensions: [
    {
      dimension: "inventory.occurredAt",
      granularity: "hour",
      dateRange: ["2026-05-01", "2026-05-31"],
    },
  ],
};

describe.each([
  ["the SDK 1.x over HTTP", overHttp, "2025-11-25"],
  ["the SDK 1.x over stdio", overStdio, undefined],
  ["the SDK 2.x over HTTP, as of 2025", (of: Subject) => overLaterHttp(of, "legacy"), "2025-11-25"],
  ["the SDK 2.x over HTTP", (of: Subject) => overLaterHttp(of, "auto"), "2026-07-28"],
  ["the SDK 2.x over stdio", overLaterStdio, "2026-07-28"],
] as const)("%s", (_, open, version) => {
  let agent: Agent;
  beforeAll(async () => {
    agent = await open(subject());
  });
  afterAll(async () => {
    await agent?.close();
  });

  test("finds tools that read only, of the revision that both speak", async () => {
    expect(agent.version).toBe(version);
    const tools = await agent.tools();
    expect(tools.map(({ name }) => name)).toEqual(["list", "query", "explain", "freshness"]);
    for (const { annotations, inputSchema, outputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true });
      expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: "object" });
    }
  });

  test("lists what each measure may be asked by", async () => {
    const { structuredContent } = await agent.call("list", { cube: "inventory" });
    const [cube] = structuredContent["cubes"] as {
      measures: { name: string }[];
      rollups: { name: string }[];
    }[];
    expect(cube!.measures.find(({ name }) => name === "inventory.minUnitCost")).toEqual({
      name: "inventory.minUnitCost",
      title: "Lowest unit cost",
      ...{ type: "number", format: "currency", rollups: ["costs"], segments: [] },
      dimensions: ["inventory.category", "inventory.weekday"],
      granularities: ["day", "week", "month", "quarter", "year", "fiscalYear"],
    });
    expect(cube!.rollups.find(({ name }) => name === "by_kind")).toMatchObject({
      segments: ["inventory.outgoing"],
    });
    const refusal = refusalOf(await agent.call("list", { cube: "inventori" }));
    expect(refusal).toMatchObject({
      code: "UnknownCube",
      message: expect.stringContaining("did you mean inventory?"),
    });
  });

  test("gets numbers, with commit, exactness, rollup and cost, as load has them", async () => {
    const [answered, loaded] = await Promise.all([
      agent.call("query", { query: byMonth }),
      tenant.load(byMonth),
    ]);
    expect(answered.structuredContent).toMatchObject({
      data: loaded.data,
      rows: 3,
      total: 3,
      exact: true,
      servedBy: "inventory.totals@1",
      freshness: "live",
      ...{ watermark: loaded.watermark, lastRefreshTime: loaded.lastRefreshTime },
      work: { documents: expect.any(Number), bytes: expect.any(Number) },
    });
    expect(loaded.servedBy).toBe("inventory.totals@1");
    expect(answered.content[0]!.text).toMatch(
      /^3 rows; exact; as of commit \d+ .*from inventory\.totals@1; read \d+ documents, \d+ bytes\./,
    );
    expect(answered.content[0]!.text).toContain('["2026-01-01T00:00:00.000",8]');
  });

  test("is told how far off an approximate measure may be", async () => {
    const { structuredContent } = await agent.call("query", {
      query: { measures: ["watch.viewersApprox", "watch.count"] },
    });
    expect(structuredContent).toMatchObject({
      exact: false,
      approximate: { "watch.viewersApprox": { error: 0.01625, kind: "standard" } },
    });
  });

  test("is told who would answer, and how fresh figures are", async () => {
    const explained = await agent.call("explain", { query: byMonth });
    expect(explained.structuredContent).toMatchObject({
      servedBy: "inventory.totals@1",
      reads: [{ kind: "tiles", granularity: "month" }],
      estimate: { calls: 2, bytes: expect.any(Number), perThousand: expect.any(Number) },
    });
    const fresh = await agent.call("freshness", {});
    expect(fresh.structuredContent).toMatchObject({
      watermark: expect.stringMatching(/^\d{19}$/),
      backlog: expect.any(Boolean),
    });
  });

  test("comes from a question that no rollup answers to one that is", async () => {
    const refusal = refusalOf(await agent.call("query", { query: busy }));
    expect(refusal).toMatchObject({ code: "NoRollup", kind: "refusal" });
    expect(refusal.considered).toContainEqual({
      rollup: "by_kind",
      code: "GranularityTooCoarse",
      message: "keeps day buckets at its finest",
    });
    expect(refusal.nearest).toMatchObject({ changes: ["by day instead of hour"] });
    const { query } = refusal.nearest!;
    const [answered, loaded] = await Promise.all([
      agent.call("query", { query }),
      tenant.load(query),
    ]);
    expect(answered.structuredContent).toMatchObject({
      data: loaded.data,
      servedBy: "inventory.by_kind@1",
    });
    expect(loaded.data.map((row) => row["inventory.quantity"])).toEqual([
      ...[1440, 1440, 1440, 1440, 1440, 1000],
    ]);
    const explained = await agent.call("explain", { query: busy });
    expect(explained.structuredContent).toMatchObject({
      servedBy: null,
      nearest: { query, changes: ["by day instead of hour"] },
    });
  });

  test("comes from names that there are not to those that are", async () => {
    const query = {
      ...byMonth,
      measures: ["inventory.quantitty"],
      dimension: ["inventory.category"],
    };
    const refusal = refusalOf(await agent.call("query", { query }));
    expect(refusal).toMatchObject({
      code: "InvalidQuery",
      kind: "input",
      names: [{ asked: "inventory.quantitty", nearest: ["inventory.quantity"] }],
    });
    const answered = await agent.call("query", { query: refusal.nearest!.query });
    expect(answered.structuredContent).toMatchObject({
      rows: 5,
      servedBy: "inventory.by_category@1",
    });
  });
});

describe("a caller who may not read", () => {
  const open = [
    ["over HTTP", overHttp],
    ["over stdio", overStdio],
  ] as const;
  const calls = [
    ["list", {}],
    ["query", { query: byMonth }],
    ["explain", { query: byMonth }],
    ["freshness", {}],
  ] as const;

  async function refusals(agent: Agent) {
    try {
      const told = await Promise.all(
        calls.map(async ([name, args]) => await agent.call(name, args)),
      );
      return told.map((one) => [refusalOf(one).code, JSON.stringify(one)] as const);
    } finally {
      await agent.close();
    }
  }

  test.each(open)("gets one code for every tool, and learns nothing, %s", async (_, connect) => {
    const expired = await mintToken(backend, { subject: "ann", expiresInSeconds: 1 });
    await ensureMember(backend, { tenantId, subject: "eve", role: "viewer" });
    const eve = await mintToken(backend, { subject: "eve" });
    await operator(backend).mutation("tenants:removeMember", {
      tenantId,
      tokenIdentifier: `${backend.url}|eve`,
    });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const [what, of] of [
      ["another tenant's admin", { token: stranger }],
      ["no token", { token: null }],
      ["no token of this deployment", { token: "nonsense" }],
      ["an expired token", { token: expired }],
      ["a member who was removed", { token: eve }],
      ["a tenant that there is not", { tenantId: "nobody" }],
    ] as const) {
      for (const [code, text] of await refusals(await connect(subject(of)))) {
        expect([what, code]).toEqual([what, "Forbidden"]);
        expect(text).not.toMatch(/inventory\.|Books|acme|nearest/);
      }
    }
  });

  test("gets it without the header that says whose cubes are asked", async () => {
    for (const [code] of await refusals(await overHttp(subject({ tenantId: null })))) {
      expect(code).toBe("Forbidden");
    }
  });

  test("a viewer reads, and a member of one tenant reads that one alone", async () => {
    await ensureMember(backend, { tenantId, subject: "vic", role: "viewer" });
    const vic = await mintToken(backend, { subject: "vic" });
    const agent = await overHttp(subject({ token: vic }));
    expect((await agent.call("query", { query: byMonth })).structuredContent).toMatchObject({
      rows: 3,
    });
    await agent.close();
    const other = await overHttp(subject({ token: stranger, tenantId: "other" }));
    expect((await other.call("query", { query: byMonth })).structuredContent).toMatchObject({
      rows: 0,
    });
    await other.close();
  });

  test("is told when to come back where it asks too often", async () => {
    await setEnvironment(backend, { CUBE_REQUESTS_PER_MINUTE: "6" });
    await ensureMember(backend, { tenantId, subject: "max", role: "viewer" });
    const agent = await overHttp(subject({ token: await mintToken(backend, { subject: "max" }) }));
    try {
      let answered = await agent.call("freshness", {});
      for (let i = 0; i < 60 && answered.isError !== true; i++) {
        answered = await agent.call("freshness", {});
      }
      expect(refusalOf(answered)).toMatchObject({
        ...{ code: "TooManyRequests", kind: "transient" },
        retryAfterMs: expect.any(Number),
      });
    } finally {
      await agent.close();
      await setEnvironment(backend, { CUBE_REQUESTS_PER_MINUTE });
    }
  });
});

describe("the protocol over HTTP", () => {
  const url = () => `${backend.siteUrl}/mcp`;
  const headers = () => ({
    ...{ "content-type": "application/json", accept: "application/json, text/event-stream" },
    ...{ authorization: `Bearer ${token}`, "x-rollups-tenant": tenantId },
  });
  const post = async (body: unknown, more: Record<string, string> = {}) => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(url(), {
      method: "POST",
      headers: { ...headers(), ...more },
      body: text,
    });
    const answer = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (answer === "" ? null : JSON.parse(answer)) as {
        id: unknown;
        result?: Record<string, unknown>;
        error?: { code: number; data?: Record<string, unknown> };
      } | null,
    };
  };
  const rpc = (method: string, params?: unknown, id: unknown = 1) => ({
    ...{ jsonrpc: "2.0", id, method },
    ...(params === undefined ? {} : { params }),
  });
  const errorOf = async (body: unknown, more?: Record<string, string>) => {
    const { status, body: answer } = await post(body, more);
    return [status, answer?.error?.code];
  };

  test.each(["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"])(
    "agrees on %s",
    async (protocolVersion) => {
      const params = { protocolVersion, capabilities: {}, clientInfo: { name: "x", version: "1" } };
      const { body } = await post(rpc("initialize", params));
      expect(body?.result).toMatchObject({
        protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "convex-rollups", version: expect.any(String) },
      });
      expect(await post(rpc("ping"), { "mcp-protocol-version": protocolVersion })).toMatchObject({
        status: 200,
        body: { result: {} },
      });
    },
  );

  test("offers its newest revision to who asks for another, and says which a message may name", async () => {
    const { body } = await post(rpc("initialize", { protocolVersion: "1999-01-01" }));
    expect(body?.result).toMatchObject({ protocolVersion: "2025-11-25" });
    const _meta = (version: unknown) => ({
      "io.modelcontextprotocol/protocolVersion": version,
      "io.modelcontextprotocol/clientCapabilities": {},
    });
    const { status, body: refused } = await post(rpc("tools/list", { _meta: _meta("2031-01-01") }));
    expect([status, refused?.error]).toMatchObject([
      400,
      { code: -32_022, data: { supported: ["2026-07-28"], requested: "2031-01-01" } },
    ]);
    const named = { _meta: _meta("2026-07-28") };
    const told = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
    expect((await post(rpc("tools/list", named), told)).body?.result).toMatchObject({
      resultType: "complete",
      cacheScope: "public",
    });
    expect(await errorOf(rpc("tools/list", named))).toEqual([400, -32_020]);
    expect(await errorOf(rpc("tools/list", named), { ...told, "mcp-method": "ping" })).toEqual([
      ...[400, -32_020],
    ]);
    const call = { ...named, name: "list", arguments: {} };
    const called = { ...told, "mcp-method": "tools/call" };
    expect(await errorOf(rpc("tools/call", call), { ...called, "mcp-name": "query" })).toEqual([
      ...[400, -32_020],
    ]);
    const coded = `=?base64?${btoa("list")}?=`;
    expect((await post(rpc("tools/call", call), { ...called, "mcp-name": coded })).status).toBe(
      200,
    );
    expect(await errorOf(rpc("nothing", named), { ...told, "mcp-method": "nothing" })).toEqual([
      ...[404, -32_601],
    ]);
    expect(await errorOf(rpc("tools/list"), told)).toEqual([400, -32_602]);
    expect(await errorOf(rpc("tools/list"), { "mcp-protocol-version": "1" })).toEqual([
      400, -32_600,
    ]);
  });

  test("refuses what is no message by its codes", async () => {
    expect(await errorOf("{")).toEqual([400, -32_700]);
    expect(await errorOf("")).toEqual([400, -32_700]);
    for (const body of [5, null, "x", {}, { jsonrpc: "1.0", id: 1, method: "ping" }]) {
      expect(await errorOf(JSON.stringify(body))).toEqual([400, -32_600]);
    }
    for (const id of [null, {}, [], true])
      expect(await errorOf(rpc("ping", {}, id))).toEqual([400, -32_600]);
    expect(await errorOf([rpc("ping"), rpc("ping")])).toEqual([400, -32_600]);
    expect(await errorOf([])).toEqual([400, -32_600]);
    expect(await errorOf(rpc("ping", 5))).toEqual([400, -32_602]);
    for (const method of [
      "nothing",
      "__proto__",
      "constructor",
      "resources/list",
      "server/discover",
    ]) {
      expect(await errorOf(rpc(method))).toEqual([200, -32_601]);
    }
    for (const params of [
      ...[{}, { name: 5 }, { name: "nothing" }, { name: "__proto__" }],
      ...[
        { name: "list", arguments: 5 },
        { name: "list", arguments: [] },
      ],
    ]) {
      expect(await errorOf(rpc("tools/call", params))).toEqual([200, -32_602]);
    }
    expect(await errorOf(rpc("initialize", {}))).toEqual([200, -32_602]);
  });

  test("takes notifications and answers to nothing, and says so", async () => {
    const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
    expect(await post(initialized)).toMatchObject({ status: 202, body: null });
    expect(await post({ jsonrpc: "2.0", id: 5, result: {} })).toMatchObject({
      status: 202,
      body: null,
    });
  });

  test("knows POST alone, JSON alone, and bodies of some length", async () => {
    for (const method of ["GET", "DELETE"]) {
      const response = await fetch(url(), { method, headers: headers() });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
    }
    expect((await post(rpc("ping"), { "content-type": "text/plain" })).status).toBe(415);
    expect((await post(rpc("ping", { long: "x".repeat(500_000) }))).status).toBe(413);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 60; i++) controller.enqueue(new Uint8Array(10_000));
        controller.close();
      },
    });
    const request = { method: "POST", headers: headers(), body: stream, duplex: "half" };
    expect((await fetch(url(), request as RequestInit)).status).toBe(413);
  });

  test("lets no page of another origin ask", async () => {
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1:9"]) {
      const refused = await post(rpc("ping"), { origin });
      expect(refused.status, origin).toBe(403);
      expect(refused.headers.get("access-control-allow-origin")).toBeNull();
    }
    const own = await post(rpc("ping"), { origin: backend.siteUrl });
    expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([
      200,
      backend.siteUrl,
    ]);
  });

  test("neither breaks nor leaks by requests of any JSON", async () => {
    const { below, pick, chance, next, shuffle } = dice(Number(process.env["SEED"] ?? 43));
    const random = { below, pick, chance, next, shuffle };
    const told = [
      ...[{ $gt: 1 }, { ключ: 1 }, { measures: ["\ud800"] }, '{"measures": 5}', []].map((query) =>
        rpc("tools/call", { name: "query", arguments: { query } }),
      ),
      ...["list", "query", "explain", "freshness"].map((name) =>
        rpc("tools/call", { name, arguments: { query: busy, cube: "watch", freshness: "live" } }),
      ),
      ...["query", "explain"].map((name) =>
        rpc("tools/call", { name, arguments: { query: busy } }),
      ),
      rpc("initialize", { protocolVersion: "2025-11-25", capabilities: {} }),
    ];
    const seen = new Set<string>();
    for (let i = 0; i < 150; i++) {
      let message: unknown = pick(told);
      for (let edits = 0; edits <= below(3); edits++) message = corrupt(random, message);
      const text = JSON.stringify(message, (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      );
      const authorization = pick([token, stranger, "nonsense"]);
      const answer = await post(text ?? "", { authorization: `Bearer ${authorization}` });
      expect([200, 202, 400, 413], text).toContain(answer.status);
      const said = JSON.stringify(answer.body);
      expect(said, text).not.toMatch(/node_modules|\.ts:\d|at \w+ \(|Server Error/);
      if (authorization !== token) expect(said, text).not.toMatch(/Books|"inventory\.kind":/);
      const { result, error } = answer.body ?? {};
      const refusal = (result?.["structuredContent"] as { refusal?: Refusal } | undefined)?.refusal;
      expect(refusal?.code, text.slice(0, 2000)).not.toBe("Internal");
      seen.add(refusal?.code ?? String(error?.code ?? answer.status));
    }
    expect([...seen]).toEqual(
      expect.arrayContaining(["InvalidQuery", "Forbidden", "-32600", "200"]),
    );
  });
});
