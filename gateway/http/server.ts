/** The HTTP server: routes, cross-origin answers, and how errors are told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { answeredFailure } from "../../src/cube/failures.js";
import { corsHeaders } from "../../src/http/cors.js";
import type { Counters } from "../counters.js";
import type { GatewayLimits } from "../limits.js";
import type { Log } from "../log.js";
import type { Desk } from "../questions/desk.js";
import type { Readiness } from "../readiness.js";
import { sendEvents } from "./events.js";
import { paramsOf, respond, tenantOf, tokenOf, type TenantArgument } from "./exchange.js";
import { answerRest } from "./rest.js";
import { sendLines } from "./stream.js";
import type { Streams } from "./streams.js";

export interface HttpOptions {
  desk: Desk;
  streams: Streams;
  counters: Counters;
  limits: GatewayLimits;
  log: Log;
  tenantArgument: TenantArgument;
  /** Origins whose pages may ask; null for all: what is needed is a token, never a cookie. */
  origins: readonly string[] | null;
  readiness: Readiness;
  metrics: () => string;
  now: () => number;
}

const CUBE_PREFIX = "/cubejs-api/v1/";

export function httpServer(options: HttpOptions): Server {
  const { limits, log } = options;
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      log("error", "request failed", { error: String((error as Error | null)?.stack ?? error) });
      response.destroy();
    });
  });
  server.maxConnections = limits.connectionsMax;
  return server;
}

async function answer(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { desk, streams, counters, limits, origins, now } = options;
  const url = new URL(request.url ?? "/", "http://gateway");
  for (const [name, value] of Object.entries(corsOf(request, origins))) {
    response.setHeader(name, value);
  }
  if (request.method === "OPTIONS") return void response.writeHead(204).end();
  if (!/^(GET|POST)$/.test(request.method ?? "")) {
    return respond(response, { status: 405, body: { error: "GET or POST" } });
  }
  const { pathname } = url;
  if (isOperators(pathname)) return await answerOperator(options, pathname, response);
  try {
    const params = await paramsOf(request, url, limits.requestBytesMax);
    const caller = {
      token: tokenOf(request.headers.authorization),
      tenant: tenantOf(request, url, options.tenantArgument),
    };
    const exchange = { request, response, url, caller, params };
    if (pathname === "/v1/subscribe") return await sendEvents(streams, exchange);
    if (pathname === "/v1/stream") return await sendLines(streams, exchange);
    if (!pathname.startsWith(CUBE_PREFIX)) {
      return respond(response, { status: 404, body: { error: `There is no ${pathname}` } });
    }
    const method = pathname.slice(CUBE_PREFIX.length).replace(/\/$/, "");
    const answered = await answerRest(desk, method, caller, params, now());
    counters.add("sent");
    if (Buffer.isBuffer(answered.body)) counters.add("sent_bytes", answered.body.length);
    respond(response, answered);
  } catch (error) {
    if (response.headersSent) throw error;
    counters.add("refusals");
    respond(response, await answeredFailure(error));
  }
}

const isOperators = (path: string) => ["/metrics", "/livez", "/readyz"].includes(path);

async function answerOperator(
  options: HttpOptions,
  path: string,
  response: ServerResponse,
): Promise<void> {
  if (path === "/metrics") {
    response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4; charset=utf-8" });
    return void response.end(options.metrics());
  }
  const problem = path === "/readyz" ? await options.readiness.problem() : null;
  // As Cube answers.
  if (problem === null) return respond(response, { status: 200, body: { health: "HEALTH" } });
  respond(response, { status: 503, body: { health: "DOWN", error: problem } });
}

function corsOf(
  { headers }: IncomingMessage,
  origins: readonly string[] | null,
): Readonly<Record<string, string>> {
  const get = (name: string) => String(headers[name] ?? "") || null;
  const asked = ["last-event-id", "x-request-id"];
  return corsHeaders({ headers: { get } }, origins, "GET, POST", asked);
}
