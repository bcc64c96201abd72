/** The app's functions, called for one tenant as one caller. */
import type { DefaultFunctionArgs, FunctionReference } from "convex/server";
import type { Asked, McpApi } from "./tool.js";

/** `run` calls a query as the caller. */
export function askedOf(
  api: McpApi,
  tenant: Readonly<Record<string, string>>,
  run: <Result>(
    query: FunctionReference<"query", "public", DefaultFunctionArgs, Result>,
    args: DefaultFunctionArgs,
  ) => Promise<Result>,
): Asked {
  return {
    load: (query, options = {}) => run(api.load, { ...tenant, query, ...options }),
    explain: (query) => run(api.explain, { ...tenant, query }),
    meta: () => run(api.meta, tenant),
    freshness: () => run(api.freshness, tenant),
  };
}
