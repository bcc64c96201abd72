/** The command line of `mcp`, and the calls that its tools make. */
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { RollupsError } from "../../../lib/errors.js";
import { askedOf } from "../../../src/mcp/asked.js";
import type { Asked, McpApi } from "../../../src/mcp/tool.js";
import { badUsage, parseCommandLine } from "../../commandLine.js";
import { messageOf } from "../../failure.js";
import { usage } from "../usage.js";

export interface McpCommand {
  url: string;
  token: string | undefined;
  tenant: string | undefined;
  tenantArgument: string;
  /** The module that exports `load`, `explain`, `meta` and `freshness`. */
  module: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Options, else the environment: `CONVEX_URL`, `ROLLUPS_TOKEN`, `ROLLUPS_TENANT`. Throws `BadUsage`. */
export function readMcpCommand(
  args: readonly string[],
  environment: Environment = process.env,
): McpCommand {
  const one = { type: "string" } as const;
  const { values, positionals } = parseCommandLine(
    args,
    { url: one, token: one, tenant: one, "tenant-argument": one, module: one } as const,
    usage,
  );
  if (positionals.length > 0) throw badUsage("mcp takes options only.", usage);
  const url = values.url ?? environment["CONVEX_URL"];
  if (url === undefined || !URL.canParse(url))
    throw badUsage("Name the deployment: --url https://….convex.cloud", usage);
  return {
    url: url.replace(/\/$/, ""),
    token: values.token ?? environment["ROLLUPS_TOKEN"],
    tenant: values.tenant ?? environment["ROLLUPS_TENANT"],
    tenantArgument: values["tenant-argument"] ?? "tenantId",
    module: values.module ?? "rollups",
  };
}

/** The app's functions, as the token's owner. */
export function askedBy({ url, token, tenant, tenantArgument, module }: McpCommand): Asked {
  const client = new ConvexHttpClient(url, { logger: false, fetch: fetchAllowed });
  if (token !== undefined) client.setAuth(token);
  const api = Object.fromEntries(
    ["load", "explain", "meta", "freshness"].map((name) => [
      name,
      makeFunctionReference<"query">(`${module}:${name}`),
    ]),
  ) as unknown as McpApi;
  const argument: Record<string, string> = tenant === undefined ? {} : { [tenantArgument]: tenant };
  return askedOf(api, argument, (query, args) => client.query(query, args));
}

/** What the stock client would say in words is said by a code, as over HTTP. */
const fetchAllowed: typeof fetch = async (...asked) => {
  const response = await fetch(...asked).catch((error: unknown) => {
    throw new RollupsError("ServerError", `The deployment does not answer: ${messageOf(error)}`);
  });
  if (response.status === 401)
    throw new RollupsError("Forbidden", "The token is not one that this deployment takes");
  if (response.status === 429 || response.status === 503)
    throw new RollupsError("ServerError", "The deployment has no room now");
  return response;
};
