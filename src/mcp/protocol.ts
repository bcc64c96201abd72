/**
 * The Model Context Protocol without its transport: one message in, one answer out, and nothing kept in between. A
 * message of revision 2026-07-28 says its version itself, in `_meta`; before that a client agrees on one by
 * `initialize`. Docs: https://modelcontextprotocol.io/specification.
 */
import type { Result, Tool } from "./tool.js";

/** Revisions that are agreed on by `initialize`, newest first: those of the official SDK. */
export const NEGOTIATED_VERSIONS: readonly string[] = [
  ...["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"],
];

/** Revisions that each message names. */
export const NAMED_VERSIONS: readonly string[] = ["2026-07-28"];

const PREFIX = "io.modelcontextprotocol/";
const VERSION_KEY = `${PREFIX}protocolVersion`;
const CAPABILITIES_KEY = `${PREFIX}clientCapabilities`;

export const PARSE_ERROR = -32_700;
export const INVALID_REQUEST = -32_600;
const METHOD_NOT_FOUND = -32_601;
export const INVALID_PARAMS = -32_602;
const INTERNAL_ERROR = -32_603;
export const HEADER_MISMATCH = -32_020;
const UNSUPPORTED_VERSION = -32_022;

type Parts = Readonly<Record<string, unknown>>;
export type Id = string | number | null;

/** A request that is answered by its id. */
export interface Request {
  id: Id;
  method: string;
  params: Parts;
  /** The version that it names; null where it names none, and one was agreed on before. */
  version: string | null;
}

/** `ignored`: a notification, or an answer to what was never asked. */
export type Message =
  | { kind: "request"; request: Request }
  | { kind: "ignored" }
  | { kind: "refused"; id: Id; error: RpcError };

export interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

export type Response =
  | { jsonrpc: "2.0"; id: Id; result: Parts }
  | { jsonrpc: "2.0"; id: Id; error: RpcError };

/** What is served. */
export interface Served {
  name: string;
  title: string;
  version: string;
  instructions: string;
  tools: readonly Tool[];
  call(tool: Tool, args: Parts): Promise<Result>;
}

/** How long a client may keep the list of tools, which changes with the code alone. */
const LISTED_MS = 300_000;

/** A message as it was sent, from any JSON. Lists are refused: the newer revisions know none. */
export function readMessage(json: unknown): Message {
  if (Array.isArray(json)) return refused(null, "Batches are not supported: send one message");
  if (!isParts(json) || json["jsonrpc"] !== "2.0") return refused(null, "No JSON-RPC 2.0 message");
  const { id, method, params } = json;
  const isId = typeof id === "string" || (typeof id === "number" && Number.isFinite(id));
  if (typeof method !== "string") {
    const isAnswer = isId && (isParts(json["result"]) || isParts(json["error"]));
    return isAnswer ? { kind: "ignored" } : refused(isId ? id : null, "The method is missing");
  }
  if (id === undefined) return { kind: "ignored" };
  if (!isId) return refused(null, "The id must be a text or a number");
  if (params !== undefined && !isParts(params)) {
    return { kind: "refused", id, error: invalidParams("params must be an object") };
  }
  const told = params ?? {};
  const meta = isParts(told["_meta"]) ? told["_meta"] : {};
  const isNamed = Object.hasOwn(meta, VERSION_KEY);
  const version = isNamed ? meta[VERSION_KEY] : null;
  if (version !== null && typeof version !== "string") {
    return { kind: "refused", id, error: invalidParams(`_meta.${VERSION_KEY} must be a text`) };
  }
  if (version !== null && !NAMED_VERSIONS.includes(version)) {
    return { kind: "refused", id, error: unsupported(version) };
  }
  if (version !== null && !isParts(meta[CAPABILITIES_KEY])) {
    return { kind: "refused", id, error: invalidParams(`_meta.${CAPABILITIES_KEY} is missing`) };
  }
  return { kind: "request", request: { id, method, params: told, version } };
}

/** The answer to a request. Fails never: what a tool throws is its result, or an internal error without words. */
export async function answerMessage(request: Request, served: Served): Promise<Response> {
  const { id, version } = request;
  const methods = version === null ? negotiated : named;
  const answering = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (answering === undefined) {
    return errorOf(id, { code: METHOD_NOT_FOUND, message: "There is no such method" });
  }
  try {
    const result = await answering(request.params, served);
    if (isError(result)) return errorOf(id, result);
    return { jsonrpc: "2.0", id, result: version === null ? result : complete(result, served) };
  } catch {
    return errorOf(id, { code: INTERNAL_ERROR, message: "Internal error" });
  }
}

export function errorOf(id: Id, error: RpcError): Response {
  return { jsonrpc: "2.0", id, error };
}

export function invalidParams(message: string): RpcError {
  return { code: INVALID_PARAMS, message: `Invalid params: ${message}` };
}

/** Of a version that none of the server's is. */
export function unsupported(requested: string): RpcError {
  const data = { supported: [...NAMED_VERSIONS], requested: requested.slice(0, 100) };
  return { code: UNSUPPORTED_VERSION, message: "Unsupported protocol version", data };
}

type Answering = (params: Parts, served: Served) => Parts | RpcError | Promise<Parts | RpcError>;

const tools: Answering = (_params, served) => ({ tools: served.tools.map(({ told }) => told) });

const call: Answering = async (params, served) => {
  const { name, arguments: args = {} } = params;
  if (typeof name !== "string") return invalidParams("name must be a text");
  if (!isParts(args)) return invalidParams("arguments must be an object");
  const tool = served.tools.find(({ told }) => told.name === name);
  if (tool === undefined) {
    const names = served.tools.map((one) => one.told.name).join(", ");
    return invalidParams(`there is no such tool; there are ${names}`);
  }
  return { ...(await served.call(tool, args)) };
};

const negotiated: Readonly<Record<string, Answering>> = {
  initialize: (params, { name, title, version, instructions }) => {
    const { protocolVersion: asked } = params;
    if (typeof asked !== "string") return invalidParams("protocolVersion must be a text");
    return {
      protocolVersion: NEGOTIATED_VERSIONS.find((one) => one === asked) ?? NEGOTIATED_VERSIONS[0],
      capabilities: { tools: {} },
      serverInfo: { name, title, version },
      instructions,
    };
  },
  ping: () => ({}),
  "tools/list": tools,
  "tools/call": call,
};

const cached = { ttlMs: LISTED_MS, cacheScope: "public" };

const named: Readonly<Record<string, Answering>> = {
  "server/discover": (_params, { instructions }) => ({
    supportedVersions: [...NAMED_VERSIONS],
    capabilities: { tools: {} },
    instructions,
    ...cached,
  }),
  "tools/list": async (...asked) => ({ ...(await tools(...asked)), ...cached }),
  "tools/call": call,
};

/** A result as revision 2026-07-28 has it. */
function complete(result: Parts, { name, title, version }: Served): Parts {
  const _meta = { [`${PREFIX}serverInfo`]: { name, title, version } };
  return { resultType: "complete", ...result, _meta };
}

function refused(id: Id, message: string): Message {
  return { kind: "refused", id, error: { code: INVALID_REQUEST, message } };
}

function isError(result: Parts | RpcError): result is RpcError {
  return typeof (result as Partial<RpcError>).code === "number";
}

export function isParts(value: unknown): value is Parts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
