/** The HTTP API for functions: `/api/query`, `/api/mutation`, `/api/action`, `/api/function`, `/api/run`. */
import type { Caller } from "../execution/host.js";
import type { Runner } from "../execution/runner.js";
import type { Verifier } from "../auth/verifier.js";
import { type FunctionKind } from "../execution/deployment.js";
import { clientMessage, FunctionError, RequestError } from "../errors.js";
import { cleanJson, decodeTs, encodeTs, type Json } from "../values/json.js";
import type { QueryCache, QueryRequest } from "../sync/queryCache.js";
import type { Exchange, Route } from "./exchange.js";

interface FunctionBody {
  path?: string;
  args?: Json;
  format?: string;
  componentPath?: string;
  ts?: string;
}

const ENCODED_FORMATS = new Set(["convex_encoded_json", "convex_json"]);

function argsOf(args: Json | undefined): Json {
  if (args === undefined) return {};
  return Array.isArray(args) ? (args[0] ?? {}) : args;
}

export class FunctionRoutes {
  constructor(
    private readonly runner: Runner,
    private readonly verifier: Verifier,
    private readonly cache: QueryCache,
  ) {}

  get routes(): Record<string, Route> {
    const body = (kind: FunctionKind | null): Route => {
      return async (exchange) => this.serve(exchange, kind, await exchange.json<FunctionBody>());
    };
    return {
      "POST /api/query": body("query"),
      "GET /api/query": (exchange) => this.serveGet(exchange),
      "POST /api/query_at_ts": body("query"),
      "POST /api/mutation": body("mutation"),
      "POST /api/action": body("action"),
      "POST /api/function": body(null),
      "POST /api/query_ts": (exchange) =>
        exchange.send(200, { ts: encodeTs(this.runner.database.latest.ts) }),
      "POST /api/query_batch": (exchange) => this.serveBatch(exchange),
    };
  }

  /** `POST /api/run/mod/fn`: the path names the function, the last step its export. */
  async serveRun(exchange: Exchange): Promise<void> {
    const steps = exchange.url.pathname.slice("/api/run/".length).split("/");
    const name = steps.pop()!;
    const path = steps.length === 0 ? name : `${steps.join("/")}:${name}`;
    await this.serve(exchange, null, { ...(await exchange.json<FunctionBody>()), path });
  }

  private async serveGet(exchange: Exchange): Promise<void> {
    const query = exchange.url.searchParams;
    const format = query.get("format") ?? undefined;
    await this.serve(exchange, "query", {
      path: query.get("path") ?? undefined,
      args: JSON.parse(query.get("args") ?? "{}") as Json,
      ...(format === undefined ? {} : { format }),
    });
  }

  private async serveBatch(exchange: Exchange): Promise<void> {
    const { queries } = await exchange.json<{ queries: FunctionBody[] }>();
    const caller = await this.callerOf(exchange);
    const results = await Promise.all(queries.map((body) => this.run(caller, "query", body)));
    exchange.sendText(200, `{"results":[${results.join(",")}]}`);
  }

  private async callerOf(exchange: Exchange): Promise<Caller> {
    return {
      credentials: await this.verifier.fromHeader(exchange.header("authorization")),
      ip: exchange.request.socket.remoteAddress ?? null,
      userAgent: exchange.header("user-agent"),
    };
  }

  private async serve(
    exchange: Exchange,
    kind: FunctionKind | null,
    body: FunctionBody,
  ): Promise<void> {
    if (typeof body.path !== "string") {
      throw new RequestError(400, "BadJsonBody", "The request body needs a `path`");
    }
    exchange.sendText(200, await this.run(await this.callerOf(exchange), kind, body));
  }

  /** Runs one function; the response body as JSON text. */
  private async run(
    caller: Caller,
    kind: FunctionKind | null,
    body: FunctionBody,
  ): Promise<string> {
    const { runner } = this;
    try {
      const { isAdmin } = caller.credentials;
      const target = runner.target(kind, body.path!, body.componentPath ?? "", isAdmin);
      const args = argsOf(body.args);
      const outcome =
        target.spec.kind === "query"
          ? await this.query({ target, args, caller, journal: null }, body.ts)
          : target.spec.kind === "mutation"
            ? await runner.mutation(target, args, caller)
            : await runner.action(target, args, caller);
      const value = ENCODED_FORMATS.has(body.format ?? "")
        ? outcome.value
        : JSON.stringify(cleanJson(JSON.parse(outcome.value) as Json));
      return `{"status":"success","value":${value},"logLines":${JSON.stringify(outcome.logLines)}}`;
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      return JSON.stringify({
        status: "error",
        errorMessage: clientMessage(error, runner.limits.redacted),
        ...(error.data === undefined ? {} : { errorData: error.data }),
        logLines: error.logLines,
      });
    }
  }

  private async query(request: QueryRequest, ts: string | undefined) {
    const { database } = this.runner;
    const snapshot = ts === undefined ? database.latest : database.snapshotAt(decodeTs(ts));
    if (snapshot === null) {
      throw new RequestError(400, "TimestampOutOfRange", "The timestamp is too far in the past");
    }
    const { result } = await this.cache.fetch(request, snapshot);
    if (result.kind === "error") throw result.error;
    return result;
  }
}
