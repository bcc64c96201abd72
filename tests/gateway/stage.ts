/** A gateway before a deployment with the reference app, and clients of both. */
import { setTimeout as sleep } from "node:timers/promises";
import cubeModule, { type CubeApi } from "@cubejs-client/core";
import wsModule from "@cubejs-client/ws-transport";
import { WebSocketServer } from "ws";
import { Tenant } from "../../bench/support/tenant.js";
import { ensureMember, mintToken } from "../../cli/connection.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import { startGateway, type Gateway, type GatewayOptions } from "../../gateway/gateway.js";
import type { GatewayLimits } from "../../gateway/limits.js";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp, setEnvironment } from "../../local/push.js";
import { stock } from "../cube/movements.js";
import { startStage } from "../support/stage.js";

export const tenantId = "acme";

/** The packages are CommonJS without marks that Node could read their default exports by. */
const defaultOf = <T>(module: T): T => (module as { default?: T }).default ?? module;

export const cube = defaultOf(cubeModule) as unknown as (token: string, options: object) => CubeApi;

interface Transport {
  close(): Promise<void>;
  authorization: string | undefined;
}
const WebSocketTransport = defaultOf(wsModule) as unknown as new (options: object) => Transport;

export interface Stage {
  backend: LocalBackend;
  tenant: Tenant;
  /** Of ann, who is an admin of `acme`. */
  token: string;
}

/** The reference app with five movements of stock. */
export async function stageWithStock(): Promise<Stage> {
  const backend = await startStage();
  await pushApp(backend, { cwd: projectRoot });
  await setEnvironment(backend, { ROLLUPS_REST_MS_MIN: "200", ROLLUPS_REST_MS_MAX: "500" });
  const tenant = await Tenant.open(backend, tenantId);
  await tenant.send("inventory", [
    stock("2026-01-05T10:00", "Books", 5),
    stock("2026-01-20T10:00", "Toys", 3),
    stock("2026-02-03T10:00", "Books", 7),
    stock("2026-02-28T23:00", "Toys", -2),
    stock("2026-03-31T12:00", "Books", 1),
  ]);
  await tenant.settled();
  return { backend, tenant, token: await mintToken(backend, { subject: "ann" }) };
}

/** A member of `acme`, and a token of theirs. */
export async function viewer(
  backend: LocalBackend,
  subject: string,
  expiresInSeconds?: number,
): Promise<string> {
  await ensureMember(backend, { tenantId, subject, role: "viewer" });
  const lifetime = expiresInSeconds === undefined ? {} : { expiresInSeconds };
  return await mintToken(backend, { subject, ...lifetime });
}

export async function gatewayOf(
  { url }: { url: string },
  limits: Partial<GatewayLimits> = {},
  options: Partial<GatewayOptions> = {},
): Promise<Gateway & { logged: string[] }> {
  const logged: string[] = [];
  const gateway = await startGateway({
    ...{ url, port: 0, host: "127.0.0.1", module: "aggregates", key: "held:key" },
    ...{ tenantArgument: "tenantId", origins: null, WebSocketServer, limits },
    log: (level, event, fields = {}) => logged.push(JSON.stringify({ level, event, ...fields })),
    ...options,
  });
  return { ...gateway, logged };
}

/** Cube's stock client over its stock WebSocket transport. */
export function overSockets({ url }: { url: string }, token: string, tenant = tenantId) {
  const transport = new WebSocketTransport({
    authorization: token,
    apiUrl: `${url.replace("http", "ws")}/?tenant=${tenant}`,
  });
  return { transport, client: cube(token, { transport }) };
}

/** Cube's stock client over HTTP. */
export function overHttp({ url }: { url: string }, token: string, tenant = tenantId): CubeApi {
  const headers = { "x-rollups-tenant": tenant };
  return cube(token, { apiUrl: `${url}/cubejs-api/v1`, headers });
}

/** Waits until something is so; fails loudly where it never is. */
export async function until(isSo: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`It is not so within ${ms} ms: ${String(isSo)}`);
    await sleep(10);
  }
}
