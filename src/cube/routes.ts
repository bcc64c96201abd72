/**
 * Cube's REST API on the app's HTTP router: stock Cube clients ask the deployment's site. Each request is one call
 * of the app's own functions as the caller, so it may do what the caller may do and no more.
 */
import {
  getFunctionName,
  httpActionGeneric,
  type DefaultFunctionArgs,
  type FunctionReference,
  type GenericActionCtx,
  type GenericDataModel,
  type HttpRouter,
} from "convex/server";
import { ConvexError, type Value } from "convex/values";
import { RollupsError } from "../../lib/errors.js";
import { answerMethod } from "./answers.js";
import { backendOf, watched, type CubeApi } from "./backend.js";
import { answeredFailure, type Failure } from "./failures.js";

type Ctx = GenericActionCtx<GenericDataModel>;

export interface CubeRoutesOptions {
  /** Where the app exports `load`, `explain` and `meta`, such as `api.aggregates`. */
  api: CubeApi;
  /**
   * Whose cubes are asked; by default what the header `x-rollups-tenant` says. It grants nothing: the app's
   * `authorize` decides. `ctx.auth` is there where the token came as `Bearer <token>`.
   */
  tenant?: (ctx: Ctx, request: Request) => Promise<string> | string;
  /**
   * A public mutation of the app that counts a request of its caller, and says whether it may be answered, as the
   * rate limiter's `limit` does. It is called first, with the tenant's argument, and is one call more per request.
   */
  admit?: FunctionReference<"mutation", "public", DefaultFunctionArgs, Admission>;
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

export interface Admission {
  ok: boolean;
  /** Milliseconds until the caller may ask again. */
  retryAfter?: number | undefined;
}

/** Requests that say what they ask, and questions that one of them says. */
const REPORTED_SHARE = 0.1;
const REPORTED_MAX = 20;

/** The header that says whose cubes are asked. */
export const TENANT_HEADER = "x-rollups-tenant";

/** Adds the routes to the app's router. `argument`: the tenant's argument; null in an app without tenants. */
export function addCubeRoutes(
  router: HttpRouter,
  argument: string | null,
  options: CubeRoutesOptions,
): void {
  const { basePath = "/cubejs-api", origins = null } = options;
  const prefix = `${basePath}/v1/`;
  const cors = (request: Request) => corsHeaders(request, origins);
  const respond = (request: Request, { status, body, headers }: Failure) =>
    Response.json(body, { status, headers: { ...cors(request), ...headers } });

  const answer = httpActionGeneric(async (ctx, request) => {
    const url = new URL(request.url);
    let report = () => Promise.resolve<unknown>(null);
    try {
      const params = await paramsOf(request, url);
      const tenant = await tenantOf(ctx, request, argument, options);
      const caller = callerOf(ctx, request);
      if (options.admit !== undefined) mustBeAdmitted(await caller.mutation(options.admit, tenant));
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

/** What the client sends, and a day of not asking again. */
function corsHeaders(request: Request, origins: readonly string[] | null): Record<string, string> {
  const origin = request.headers.get("origin");
  const allowed = origins === null ? "*" : origins.find((one) => one === origin);
  return {
    ...(allowed === undefined ? {} : { "Access-Control-Allow-Origin": allowed }),
    ...(origins === null ? {} : { Vary: "Origin" }),
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers":
      request.headers.get("access-control-request-headers") ??
      `authorization, content-type, x-request-id, ${TENANT_HEADER}`,
    "Access-Control-Max-Age": "86400",
  };
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

async function tenantOf(
  ctx: Ctx,
  request: Request,
  argument: string | null,
  { tenant }: CubeRoutesOptions,
): Promise<Record<string, string>> {
  if (argument === null) return {};
  const told =
    tenant === undefined ? request.headers.get(TENANT_HEADER) : await tenant(ctx, request);
  if (told !== null && told !== "") return { [argument]: told };
  throw new RollupsError("Forbidden", `The header ${TENANT_HEADER} says whose cubes are asked`);
}

function mustBeAdmitted({ ok, retryAfter = 1000 }: Admission): void {
  if (ok) return;
  throw new RollupsError("TooManyRequests", "Too many requests: ask again later", { retryAfter });
}

type Call<Type extends "query" | "mutation" | "action"> = <Result>(
  reference: FunctionReference<Type, "public", DefaultFunctionArgs, Result>,
  args: DefaultFunctionArgs,
) => Promise<Result>;

interface Caller {
  query: Call<"query">;
  mutation: Call<"mutation">;
  action: Call<"action">;
}

/**
 * Calls the app's functions as who sent the request. The platform knows callers by `Bearer <token>`. Cube's clients
 * send the token alone, and such a request asks the deployment once more as its platform wants it.
 */
function callerOf(ctx: Ctx, request: Request): Caller {
  const token = request.headers.get("authorization");
  if (token === null || /^bearer /i.test(token)) {
    return {
      query: (reference, args) => ctx.runQuery(reference, args),
      mutation: (reference, args) => ctx.runMutation(reference, args),
      action: (reference, args) => ctx.runAction(reference, args),
    };
  }
  const deployment = process.env["CONVEX_CLOUD_URL"];
  if (deployment === undefined) throw new Error("CONVEX_CLOUD_URL is not set.");
  const asked =
    <Type extends "query" | "mutation" | "action">(type: Type): Call<Type> =>
    (reference, args) =>
      askedWith(token, `${deployment}/api/${type}`, getFunctionName(reference), args);
  return { query: asked("query"), mutation: asked("mutation"), action: asked("action") };
}

/** Calls a function over the platform's HTTP API. Its client would be loaded by every function of the app. */
async function askedWith<Result>(
  token: string,
  url: string,
  path: string,
  args: DefaultFunctionArgs,
): Promise<Result> {
  const response = await fetch(url, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ path, args, format: "json" }),
  });
  if (response.status === 401) throw new RollupsError("Forbidden", "Invalid token");
  const answer = (await response.json()) as Answered;
  if (answer.status === "success") return answer.value as Result;
  if (answer.errorData !== undefined) throw new ConvexError(answer.errorData as Value);
  const { code, message, errorMessage = message } = answer;
  throw code === undefined ? new Error(errorMessage) : new ConvexError({ code, message });
}

/** What the platform's HTTP API answers. */
interface Answered {
  status?: "success" | "error";
  value?: unknown;
  errorMessage?: string;
  errorData?: unknown;
  /** Instead of a status, where the platform could not do it now. */
  code?: string;
  message?: string;
}
