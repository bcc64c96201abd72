/**
 * A request to the app's routes: whose cubes it asks, and as whom. Each is calls of the app's own functions as the
 * caller, so it may do what the caller may do and no more.
 */
import {
  getFunctionName,
  type DefaultFunctionArgs,
  type FunctionReference,
  type GenericActionCtx,
  type GenericDataModel,
} from "convex/server";
import { ConvexError, type Value } from "convex/values";
import { RollupsError } from "../../lib/errors.js";
import { TENANT_HEADER } from "./cors.js";

type Ctx = GenericActionCtx<GenericDataModel>;

/** What all routes that answer questions take. */
export interface AskingOptions {
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
}

export interface Admission {
  ok: boolean;
  /** Milliseconds until the caller may ask again. */
  retryAfter?: number | undefined;
}

/** Who asks, and about whom. */
export interface Asking {
  /** The tenant's argument of the app's functions; nothing in an app without tenants. */
  tenant: Record<string, string>;
  caller: Caller;
}

/**
 * The request's tenant and caller, once it is admitted. `argument`: the tenant's; null in an app without tenants.
 * Throws `Forbidden`, `TooManyRequests`, and what `admit` fails with.
 */
export async function askingOf(
  ctx: Ctx,
  request: Request,
  argument: string | null,
  options: AskingOptions,
): Promise<Asking> {
  const tenant = await tenantOf(ctx, request, argument, options);
  const caller = callerOf(ctx, request);
  if (options.admit !== undefined) mustBeAdmitted(await caller.mutation(options.admit, tenant));
  return { tenant, caller };
}

async function tenantOf(
  ctx: Ctx,
  request: Request,
  argument: string | null,
  { tenant }: AskingOptions,
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

export interface Caller {
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
