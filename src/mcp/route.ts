/** `/mcp` on the app's HTTP router. What answers is evaluated where a request asks it, and by no other function. */
import { httpActionGeneric, type HttpRouter } from "convex/server";
import type { AskingOptions } from "../http/asking.js";
import type { McpApi } from "./tool.js";

export interface McpOptions extends AskingOptions {
  /** Where the app exports `load`, `explain`, `meta` and `freshness`, such as `api.aggregates`. */
  api: McpApi;
  /** Default "/mcp". */
  path?: string;
  /** Origins whose pages may ask (default: none but the deployment's own site). Agents send no origin. */
  origins?: readonly string[];
}

/** Adds the route to the app's router. `argument`: the tenant's argument; null in an app without tenants. */
export function addMcpRoute(
  router: HttpRouter,
  argument: string | null,
  options: McpOptions,
): void {
  const { path = "/mcp" } = options;
  const handler = httpActionGeneric(async (ctx, request) => {
    const { answerRequest } = await import("./http.js");
    return await answerRequest(ctx, request, argument, options);
  });
  for (const method of ["POST", "GET", "DELETE", "OPTIONS"] as const) {
    router.route({ path, method, handler });
  }
}
