/** Requests of Cube clients, checked: what they ask for, and how it is to be written. */
import { RollupsError } from "../../lib/errors.js";
import { mustBeBounded } from "../../lib/query/bounds.js";
import type { ResponseFormat } from "../../lib/cubeJson/response.js";

export interface CubeRequest {
  /** Query JSON, without what is about the response; several for data blending. */
  queries: readonly [unknown, ...unknown[]];
  format: ResponseFormat;
  /** Whether the response may have several results; else it is the only result itself. */
  isMulti: boolean;
}

/** Reads `query` and `queryType`, which come as values or as JSON text. Throws `InvalidQuery`. */
export function readRequest(params: Readonly<Record<string, unknown>>): CubeRequest {
  const told = parsed(params["query"]);
  mustBeBounded(told);
  if (!isValue(told)) {
    throw invalid("The query has a key or a text that Convex does not take", "query");
  }
  const [first, ...others] = (Array.isArray(told) ? (told as unknown[]) : [told]).map(readQuery);
  if (first === undefined) throw invalid("The list of queries is empty", "query");
  return {
    queries: [first.query, ...others.map(({ query }) => query)],
    format: first.format,
    isMulti: params["queryType"] === "multi",
  };
}

/** The only query, for what takes no list. Throws like `readRequest`, and `UnsupportedQuery`. */
export function readOneQuery(params: Readonly<Record<string, unknown>>): unknown {
  const { queries } = readRequest(params);
  if (queries.length === 1) return queries[0];
  throw new RollupsError("UnsupportedQuery", "Ask about the queries of a list one by one.", {
    path: "query",
    feature: "data blending",
  });
}

/** Whether Convex takes it as an argument: keys of printable ASCII, and texts without halves of characters. */
function isValue(json: unknown): boolean {
  if (typeof json === "string") return !/\p{Surrogate}/u.test(json);
  if (typeof json !== "object" || json === null) return true;
  const keys = Array.isArray(json) ? [] : Object.keys(json);
  return keys.every((key) => /^(?!\$)[ -~]+$/.test(key)) && Object.values(json).every(isValue);
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

function readQuery(told: unknown): { query: Parts; format: ResponseFormat } {
  if (typeof told !== "object" || told === null || Array.isArray(told)) {
    throw invalid("The query is not an object", "query");
  }
  const { responseFormat: format = "default", ...rest } = told as Parts;
  if (format !== "default" && format !== "compact" && format !== "columnar") {
    throw invalid("responseFormat must be default, compact or columnar", "responseFormat");
  }
  const { filters } = rest;
  const query = Array.isArray(filters) ? { ...rest, filters: filters.map(withMember) } : rest;
  return { query, format };
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
