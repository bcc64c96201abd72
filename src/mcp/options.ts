/** What an app says of its route. */
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
