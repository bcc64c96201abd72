/**
 * Agents by the official SDK's clients, unmodified: over HTTP and over stdio they list what there is, ask, and come from
 * a refusal to an answer. Every number equals that of `aggregates:load`, by the route that it names.
 */
import {
  Client as LaterClient,
  StreamableHTTPClientTransport as LaterHttp,
} from "@modelcontextprotocol/client";
import { StdioClientTransport as LaterStdio } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Tenant } from "../../bench/support/tenant.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import { ensureMember, ensureTenant, mintToken } from "../../cli/connection.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp, setEnvironment } from "../../local/push.js";
import { byMonth, stock } from "../cube/movements.js";
import { startStage } from "../support/stage.js";

const tenantId = "acme";

let backend: LocalBackend;
let tenant: Tenant;
let token: string;
let stranger: string;

beforeAll(async () => {
  backend = await startStage();
  await pushApp(backend, { cwd: projectRoot });
  await setEnvironment(backend, {
    ...{ ROLLUPS_REST_MS_MIN: "200", ROLLUPS_REST_MS_MAX: "500" },
    CUBE_REQUESTS_PER_MINUTE: "100000",
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

interface Called {
  content: { type: string; text: string }[];
  structuredContent: Record<string, unknown>;
  isError?: boolean;
}

interface Agent {
  tools(): Promise<{ name: string; inputSchema: object; outputSchema?: object }[]>;
  call(name: string, args: object): Promise<Called>;
  close(): Promise<void>;
}

const headersOf = (authorization: string | null, of: string | null = tenantId) => ({
  ...(authorization === null ? {} : { authorization: `Bearer ${authorization}` }),
  ...(of === null ? {} : { "x-rollups-tenant": of }),
});

const agentOf = (client: Pick<Client, "listTools" | "callTool" | "close">): Agent => ({
  tools: async () => (await client.listTools()).tools,
  call: async (name, args) =>
    (await client.callTool({ name, arguments: { ...args } })) as unknown as Called,
  close: () => client.close(),
});

const info = { name: "test", version: "1" };

const httpUrl = () => new URL(`${backend.siteUrl}/mcp`);

async function overHttp(authorization: string | null = token, of: string | null = tenantId) {
  const client = new Client(info);
  const requestInit = { headers: headersOf(authorization, of) };
  await client.connect(new StreamableHTTPClientTransport(httpUrl(), { requestInit }));
  return agentOf(client);
}

async function overLaterHttp(pin: "legacy" | "modern") {
  const client = new LaterClient(info, {
    versionNegotiation: { mode: pin === "modern" ? { pin: "2026-07-28" } : "legacy" },
  });
  await client.connect(new LaterHttp(httpUrl(), { requestInit: { headers: headersOf(token) } }));
  return agentOf(client as unknown as Client);
}

const server = () => ({
  command: process.execPath,
  args: [
    ...["--import", "tsx", "cli/rollups/main.ts", "mcp", "--url", backend.url],
    ...["--tenant", tenantId, "--module", "aggregates"],
  ],
  cwd: projectRoot,
  env: { PATH: process.env["PATH"] ?? "", ROLLUPS_TOKEN: token },
});

async function overStdio() {
  const client = new Client(info);
  await client.connect(new StdioClientTransport(server()));
  return agentOf(client);
}

async function overLaterStdio() {
  const client = new LaterClient(info, { versionNegotiation: { mode: "auto" } });
  await client.connect(new LaterStdio(server()));
  return agentOf(client as unknown as Client);
}

describe.each([
  ["the SDK 1.x over HTTP", overHttp],
  ["the SDK 1.x over stdio", overStdio],
  ["the SDK 2.x over HTTP, of 2025", () => overLaterHttp("legacy")],
  ["the SDK 2.x over HTTP, of 2026", () => overLaterHttp("modern")],
  ["the SDK 2.x over stdio", overLaterStdio],
] as const)("%s", (_, open) => {
  test("lists, asks, explains, looks at freshness, and recovers from a refusal", async () => {
    const agent = await open();
    try {
      const tools = await agent.tools();
      expect(tools.map(({ name }) => name)).toEqual(["list", "query", "explain", "freshness"]);

      const listed = await agent.call("list", { cube: "inventory" });
      console.log(listed.content[0]!.text, JSON.stringify(listed.structuredContent).length);

      const [answered, loaded] = await Promise.all([
        agent.call("query", { query: byMonth }),
        tenant.load(byMonth),
      ]);
      console.log(answered.content[0]!.text);
      expect(answered.structuredContent).toMatchObject({
        data: loaded.data,
        servedBy: loaded.servedBy,
        watermark: loaded.watermark,
        exact: true,
      });
      const explained = await agent.call("explain", { query: byMonth });
      console.log(explained.content[0]!.text);
      const fresh = await agent.call("freshness", {});
      console.log(fresh.content[0]!.text);
      const refused = await agent.call("query", {
        query: { ...byMonth, measures: ["inventory.quantityy"], dimension: ["inventory.categry"] },
      });
      console.log(refused.content[0]!.text, refused.isError);
      const { nearest } = refused.structuredContent["refusal"] as { nearest: { query: object } };
      const again = await agent.call("query", { query: nearest.query });
      expect(again.isError).toBeUndefined();
      console.log(again.content[0]!.text);
    } finally {
      await agent.close();
    }
  });
});
