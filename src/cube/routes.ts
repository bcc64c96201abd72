/**
 * Cube's REST API on the app's HTTP router: stock Cube clients ask the deployment's site. Each request is one call
 * of the app's own functions as the caller, so it may do what the caller may do and no more.
 */
import {
  httpActionGeneric,
  type DefaultFunctionArgs,
  type FunctionReference,
  type HttpRouter,
} from "convex/server";
import type { Value } from "convex/values";
import { RollupsError } from "../../lib/errors.js";
import { askingOf, type AskingOptions } from "../http/asking.js";
import { corsHeaders } from "../http/cors.js";
import { answerMethod } from "./answers.js";
import { backendOf, watched, type CubeApi } from "./backend.js";
import { answeredFailure, type Failure } from "./failures.js";

export interface CubeRoutesOptions extends AskingOptions {
  /** Where the app exports `load`, `explain` and `meta`, such as `api.aggregates`. */
  api: CubeApi;
  /**
   * Where the app exports `report` of `rollups.patterns()`: one request of ten then says what it asked, for all of them.
   * That takes it some milliseconds longer, and three calls.
   */
  patterns?: FunctionReference<"action", "public", DefaultFunctionArgs>;
  /** The path before `/v1/` (default "/cubejs-api"). */
  basePath?: string;
  /** Origins whose pages may ask (default: all; what is needed is a token, never a cookie). */
  origins?: readonly string[];
}

/** Requests that say what they ask, and questions that one of them says. */
const REPORTED_SHARE = 0.1;
const REPORTED_MAX = 20;

/** Adds the routes to the app's router. `argument`: the tenant's argument; null in an app without tenants. */
export function addCubeRoutes(
  router: HttpRouter,
  argument: string | null,
  options: CubeRoutesOptions,
): void {
  const { basePath = "/cubejs-api", origins = null } = options;
  const prefix = `${basePath}/v1/`;
  const cors = (request: Request) => corsHeaders(request, origins, "GET, POST", ["x-request-id"]);
  const respond = (request: Request, { status, body, headers }: Failure) =>
    Response.json(body, { status, headers: { ...cors(request), ...headers } });

  const answer = httpActionGeneric(async (ctx, request) => {
    const url = new URL(request.url);
    let report = () => Promise.resolve<unknown>(null);
    try {
      const params = await paramsOf(request, url);
      const { tenant, caller } = await askingOf(ctx, request, argument, options);
      let backend = backendOf(options.api, tenant, caller.query);
      const { patterns } = options;
      if (patterns !== undefined && Math.random() < REPORTED_SHARE) {
        const questions: Value[] = [];
        backend = watched(backend, (query, route) => {
          const one = { query: query as Value, asked: 1 / REPORTED_SHARE, route };
          if (questions.length < REPORTED_MAX) questions.push(one);
        });
        // What comes of it is no matter of who asked.
        report = async () =>
          questions.length > 0 &&
          (await caller.action(patterns, { ...tenant, questions }).catch(() => null));
      }
      const method = url.pathname.slice(prefix.length).replace(/\/$/, "");
      const body = await answerMethod(method, backend, params, Date.now());
      await report();
      return respond(
        request,
        body === null
          ? { status: 404, body: { error: `There is no ${url.pathname}` } }
          : { status: 200, body: body as Failure["body"] },
      );
    } catch (error) {
      await report();
      return respond(request, await answeredFailure(error));
    }
  });
  const alive = httpActionGeneric((_ctx, request) =>
    Promise.resolve(respond(request, { status: 200, body: { health: "HEALTH" } })),
  );
  const preflight = httpActionGeneric((_ctx, request) =>
    Promise.resolve(new Response(null, { status: 204, headers: cors(request) })),
  );
  for (const method of ["GET", "POST"] as const) {
    router.route({ pathPrefix: prefix, method, handler: answer });
  }
  router.route({ pathPrefix: prefix, method: "OPTIONS", handler: preflight });
  for (const path of ["/readyz", "/livez"]) router.route({ path, method: "GET", handler: alive });
}

async function paramsOf(request: Request, url: URL): Promise<Record<string, unknown>> {
  if (request.method === "GET") return Object.fromEntries(url.searchParams);
  let body: unknown;
  try {
    body = await request.json();
  } catch {
    body = null;
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw new RollupsError("InvalidQuery", "The body is not a JSON object", { path: "body" });
}
