/** Agents over stock MCP clients of the official SDK, 1.x and 2.x. */
import { Client as LaterClient, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport as LaterStdio } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as EarlierHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";

export interface Called {
  content: { type: string; text: string }[];
  structuredContent: Record<string, unknown>;
  isError?: boolean;
}

export interface Told {
  name: string;
  inputSchema: Record<string, unknown>;
  outputSchema?: Record<string, unknown>;
  annotations?: Record<string, unknown>;
}

export interface Agent {
  /** The revision that it speaks with the server. */
  version: string | undefined;
  tools(): Promise<Told[]>;
  call(name: string, args: object): Promise<Called>;
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

/** As whom and about whom an agent asks. */
export interface Subject {
  url: string;
  siteUrl: string;
  token: string | null;
  tenantId: string | null;
  /** Over stdio: the command of an app that has installed the package, in its folder. */
  command?: { file: string; args: string[]; cwd: string };
}

const info = { name: "test", version: "1" };

interface AnyClient {
  listTools(): Promise<{ tools: unknown[] }>;
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  ping(): Promise<unknown>;
  close(): Promise<void>;
}

/** Results are checked against the tools' output schemas by the client, once it has listed them. */
async function agentOf(client: AnyClient, version: string | undefined): Promise<Agent> {
  const { tools } = await client.listTools();
  return {
    version,
    tools: () => Promise.resolve(tools as Told[]),
    call: async (name, args) =>
      (await client.callTool({ name, arguments: { ...args } })) as unknown as Called,
    ping: () => client.ping(),
    close: () => client.close(),
  };
}

function httpOf({ siteUrl, token, tenantId }: Subject) {
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(tenantId === null ? {} : { "x-rollups-tenant": tenantId }),
  };
  return [new URL(`${siteUrl}/mcp`), { requestInit: { headers } }] as const;
}

export async function overHttp(subject: Subject): Promise<Agent> {
  const client = new Client(info);
  const transport = new EarlierHttp(...httpOf(subject));
  await client.connect(transport);
  return await agentOf(client, transport.protocolVersion);
}

/** The SDK 2.x, as it speaks to servers of 2025 or of 2026. */
export async function overLaterHttp(subject: Subject, mode: "legacy" | "auto"): Promise<Agent> {
  const client = new LaterClient(info, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(...httpOf(subject)));
  return await agentOf(client, client.getNegotiatedProtocolVersion());
}

const ofRepository = {
  file: process.execPath,
  args: ["--import", "tsx", "cli/rollups/main.ts", "mcp", "--module", "aggregates"],
  cwd: projectRoot,
};

function commandOf({ url, token, tenantId, command = ofRepository }: Subject) {
  return {
    command: command.file,
    args: [...command.args, "--url", url, ...(tenantId === null ? [] : ["--tenant", tenantId])],
    cwd: command.cwd,
    env: {
      PATH: process.env["PATH"] ?? "",
      ...(token === null ? {} : { ROLLUPS_TOKEN: token }),
    },
  };
}

export async function overStdio(subject: Subject): Promise<Agent> {
  const client = new Client(info);
  await client.connect(new StdioClientTransport(commandOf(subject)));
  return await agentOf(client, undefined);
}

export async function overLaterStdio(subject: Subject): Promise<Agent> {
  const client = new LaterClient(info, { versionNegotiation: { mode: "auto" } });
  await client.connect(new LaterStdio(commandOf(subject)));
  return await agentOf(client, client.getNegotiatedProtocolVersion());
}
