/** HTTP actions: the app's router at the site url and under `/http`, components at their mounts. */
import { Readable } from "node:stream";
import type { ReadableStream as NodeStream } from "node:stream/web";
import type { Verifier } from "../auth/verifier.js";
import { ANONYMOUS } from "../auth/identity.js";
import { asFunctionError, type Runner } from "../execution/runner.js";
import { clientMessage, RequestError } from "../errors.js";
import type { Exchange } from "./exchange.js";

export class SiteRoutes {
  constructor(
    private readonly runner: Runner,
    private readonly verifier: Verifier,
    private readonly siteUrl: () => string,
  ) {}

  /** Serves a request whose path below `prefix` is the HTTP action's. */
  async serve(exchange: Exchange, prefix: string): Promise<void> {
    const { root } = this.runner.mustDeployment();
    if (!root.hasHttp) {
      throw new RequestError(
        404,
        "NotFound",
        "This deployment does not have HTTP actions enabled.",
      );
    }
    const path = exchange.url.pathname.slice(prefix.length);
    const url = `${this.siteUrl()}${path === "" ? "/" : path}${exchange.url.search}`;
    const headers = new Headers();
    for (const [name, value] of Object.entries(exchange.request.headers)) {
      for (const each of [value ?? []].flat()) headers.append(name, each);
    }
    const hasBody = exchange.method !== "GET" && exchange.method !== "HEAD";
    const request = new Request(url, {
      method: exchange.method,
      headers,
      ...(hasBody ? { body: new Uint8Array(await exchange.body()) } : {}),
    });
    const authorization = exchange.header("authorization");
    const isToken = authorization?.startsWith("Bearer ") === true;
    // A bearer token that is no identity token is the app's own business.
    const credentials = isToken
      ? await this.verifier.fromHeader(authorization).catch(() => ANONYMOUS)
      : ANONYMOUS;
    try {
      await this.runner.http(
        root,
        request,
        {
          credentials,
          ip: exchange.request.socket.remoteAddress ?? null,
          userAgent: exchange.header("user-agent"),
        },
        (response) => this.send(exchange, response, path),
      );
    } catch (error) {
      const failure = asFunctionError(error, []);
      if (exchange.response.headersSent) exchange.response.destroy();
      else {
        const { redacted } = this.runner.limits;
        exchange.send(500, {
          code: clientMessage(failure, redacted).split("\n", 2).join(": "),
          ...(redacted ? {} : { trace: failure.message }),
          ...(failure.data === undefined ? {} : { data: failure.data }),
        });
      }
    }
  }

  private async send(exchange: Exchange, answer: Response | null, path: string): Promise<void> {
    const response =
      answer ?? new Response(`No matching routes found for ${path}`, { status: 404 });
    const headers: Record<string, string | string[]> = {};
    response.headers.forEach((value, name) => (headers[name] = value));
    const cookies = response.headers.getSetCookie();
    if (cookies.length > 0) headers["set-cookie"] = cookies;
    exchange.response.writeHead(response.status, headers);
    if (response.body === null) {
      exchange.response.end();
      return;
    }
    const stream = Readable.fromWeb(response.body as NodeStream<Uint8Array>);
    for await (const chunk of stream) exchange.response.write(chunk);
    exchange.response.end();
  }
}
