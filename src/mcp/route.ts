/** `/mcp` on the app's HTTP router. What answers is evaluated where a request asks it, and by no other function. */
import { httpActionGeneric, type HttpRouter } from "convex/server";
import type { McpOptions } from "./options.js";

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
