/** One HTTP request: what it asks, who asks, and how it is answered. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { RollupsError } from "../../lib/errors.js";
import { TENANT_HEADER } from "../../src/http/cors.js";
import type { Failure } from "../../src/cube/failures.js";
import type { Caller } from "../questions/desk.js";

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  caller: Caller;
  params: Readonly<Record<string, unknown>>;
}

/** The name of the tenant's argument; null in an app without tenants. */
export type TenantArgument = string | null;

/** The tenant that a request names, by a header or `?tenant=`: browsers open WebSockets without headers. Throws `Forbidden`. */
export function tenantOf(
  request: IncomingMessage,
  url: URL,
  argument: TenantArgument,
): Record<string, string> {
  if (argument === null) return {};
  const told = request.headers[TENANT_HEADER] ?? url.searchParams.get("tenant");
  if (typeof told === "string" && told !== "") return { [argument]: told };
  throw new RollupsError(
    "Forbidden",
    `The header ${TENANT_HEADER}, or ?tenant=, says whose cubes are asked`,
  );
}

/** A token comes with `Bearer`, or alone as Cube's clients send it. */
export function tokenOf(authorization: unknown): string | null {
  const text = typeof authorization === "string" ? authorization.trim() : "";
  const token = text.replace(/^bearer\s+/i, "");
  return token === "" ? null : token;
}

/** Of a GET its query, else the JSON object that is its body. Throws `InvalidQuery`. */
export async function paramsOf(
  request: IncomingMessage,
  url: URL,
  bytesMax: number,
): Promise<Record<string, unknown>> {
  if (request.method !== "POST") return Object.fromEntries(url.searchParams);
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw invalid(`The body is longer than ${bytesMax} bytes`);
    parts.push(part);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(parts).toString());
  } catch {
    body = null;
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw invalid("The body is not a JSON object");
}

function invalid(message: string): RollupsError {
  return new RollupsError("InvalidQuery", message, { path: "body" });
}

export function respond(
  response: ServerResponse,
  { status, body, headers = {} }: Omit<Failure, "body"> & { body: unknown },
): void {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": bytes.length,
    ...headers,
  });
  response.end(bytes);
}
