/** One HTTP request and its answer: reading bodies, writing JSON, cross-origin headers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { RequestError } from "../errors.js";
import type { Json } from "../values/json.js";

const BODY_MAX = 64 * 1024 * 1024;

export class Exchange {
  readonly url: URL;
  readonly method: string;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
  ) {
    this.url = new URL(request.url ?? "/", "http://localhost");
    this.method = request.method ?? "GET";
  }

  header(name: string): string | null {
    const value = this.request.headers[name];
    return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
  }

  /** Allows any origin, as the platform does: credentials are in headers, not cookies. */
  allowOrigin(): void {
    const origin = this.header("origin");
    if (origin === null) return;
    this.response.setHeader("Access-Control-Allow-Origin", origin);
    this.response.setHeader("Access-Control-Allow-Credentials", "true");
    this.response.setHeader("Vary", "Origin");
  }

  /** Answers a preflight request. */
  preflight(): void {
    const headers = this.header("access-control-request-headers");
    if (headers !== null) this.response.setHeader("Access-Control-Allow-Headers", headers);
    this.response.setHeader(
      "Access-Control-Allow-Methods",
      "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    );
    this.response.setHeader("Access-Control-Max-Age", "600");
    this.response.writeHead(204).end();
  }

  async body(): Promise<Buffer> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of this.request) {
      size += (part as Buffer).length;
      if (size > BODY_MAX) throw new RequestError(413, "BodyTooLarge", "Request body is too large");
      parts.push(part as Buffer);
    }
    const bytes = Buffer.concat(parts);
    const encoding = this.header("content-encoding");
    if (encoding === "br") return brotliDecompressSync(bytes);
    return encoding === "gzip" ? gunzipSync(bytes) : bytes;
  }

  /** The body as JSON; an empty body is `{}`. */
  async json<T = Json>(): Promise<T> {
    const text = (await this.body()).toString("utf8");
    try {
      return (text === "" ? {} : JSON.parse(text)) as T;
    } catch {
      throw new RequestError(400, "BadJsonBody", "The request body is not valid JSON");
    }
  }

  send(status: number, value: unknown): void {
    this.sendText(status, JSON.stringify(value));
  }

  /** Sends text that is JSON already. */
  sendText(status: number, json: string): void {
    this.response.writeHead(status, { "Content-Type": "application/json" }).end(json);
  }
}

export type Route = (exchange: Exchange) => Promise<void> | void;
