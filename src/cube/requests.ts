/** Requests of Cube clients, checked: what they ask for, and how it is to be written. */
import { RollupsError } from "../../lib/errors.js";
import type { ResponseFormat } from "../../lib/cubeJson/response.js";

export interface CubeRequest {
  /** Query JSON, without what is about the response. */
  query: unknown;
  format: ResponseFormat;
  /** Whether the response may have several results; else it is the only result itself. */
  isMulti: boolean;
}

/** Reads `query` and `queryType`, which come as values or as JSON text. Throws `InvalidQuery`, `UnsupportedQuery`. */
export function readRequest(params: Readonly<Record<string, unknown>>): CubeRequest {
  const told = one(parsed(params["query"]));
  const { responseFormat, ...rest } = told;
  const format = responseFormat ?? "default";
  if (format !== "default" && format !== "compact" && format !== "columnar") {
    throw invalid("responseFormat must be default, compact or columnar", "responseFormat");
  }
  const { filters } = rest;
  return {
    query: Array.isArray(filters) ? { ...rest, filters: filters.map(withMember) } : rest,
    format,
    isMulti: params["queryType"] === "multi",
  };
}

type Parts = Record<string, unknown>;

function parsed(query: unknown): unknown {
  if (query === undefined || query === null) throw invalid("The query is missing", "query");
  if (typeof query !== "string") return query;
  try {
    return JSON.parse(query) as unknown;
  } catch {
    throw invalid("The query is not JSON", "query");
  }
}

/** The only query of a list. */
function one(query: unknown): Parts {
  const [only, ...others] = Array.isArray(query) ? (query as unknown[]) : [query];
  if (others.length > 0) {
    throw new RollupsError("UnsupportedQuery", "Data blending is not supported; ask one by one.", {
      path: "query",
      feature: "data blending",
    });
  }
  if (typeof only !== "object" || only === null || Array.isArray(only)) {
    throw invalid("The query is not an object", "query");
  }
  return only as Parts;
}

/** Cube's older name for a filter's member. */
function withMember(filter: unknown): unknown {
  if (typeof filter !== "object" || filter === null || !("dimension" in filter)) return filter;
  const { dimension, ...rest } = filter;
  return "member" in rest ? filter : { member: dimension, ...rest };
}

function invalid(message: string, path: string): RollupsError {
  return new RollupsError("InvalidQuery", message, { path, message });
}
