/**
 * The streamable HTTP transport, without streams and sessions: a POST holds one message, and its response the answer.
 * Nothing is kept between requests, so any of a deployment's machines may answer.
 */
import type { GenericActionCtx, GenericDataModel } from "convex/server";
import { askingOf } from "../http/asking.js";
import { corsHeaders } from "../http/cors.js";
import { askedOf } from "./asked.js";
import {
  answerMessage,
  errorOf,
  HEADER_MISMATCH,
  invalidParams,
  INVALID_REQUEST,
  NAMED_VERSIONS,
  NEGOTIATED_VERSIONS,
  PARSE_ERROR,
  readMessage,
  type Id,
  type Request as Message,
  type Response as Answered,
  type RpcError,
} from "./protocol.js";
import type { McpOptions } from "./options.js";
import { served } from "./served.js";

type Ctx = GenericActionCtx<GenericDataModel>;

/** Bytes of a message: above what a question may have. */
const BODY_MAX = 400_000;

const HEADERS = ["accept", "mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name"];

/** Answers one HTTP request. Fails never. */
export async function answerRequest(
  ctx: Ctx,
  request: Request,
  argument: string | null,
  options: McpOptions,
): Promise<Response> {
  const origins = [...(options.origins ?? []), ...ownOrigin()];
  const headers = corsHeaders(request, origins, "POST", HEADERS);
  const respond = (status: number, body: Answered | null, more: Record<string, string> = {}) =>
    body === null
      ? new Response(null, { status, headers: { ...headers, ...more } })
      : Response.json(body, { status, headers: { ...headers, ...more } });
  const refuse = (status: number, error: RpcError, id: Id = null) =>
    respond(status, errorOf(id, error));
  const origin = request.headers.get("origin");
  // A page that a name was pointed away for is of its own origin still: the specification asks for this.
  if (origin !== null && !origins.includes(origin)) {
    return refuse(403, { code: INVALID_REQUEST, message: "Pages of this origin may not ask" });
  }
  if (request.method === "OPTIONS") return respond(204, null);
  if (request.method !== "POST") return respond(405, null, { Allow: "POST" });
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return refuse(415, { code: INVALID_REQUEST, message: "Content-Type must be application/json" });
  }
  const text = await bodyOf(request);
  if (text === null) {
    return refuse(413, {
      code: INVALID_REQUEST,
      message: `The body has more than ${BODY_MAX} bytes`,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refuse(400, { code: PARSE_ERROR, message: "The body is not JSON" });
  }
  const message = readMessage(json);
  if (message.kind === "refused") return refuse(400, message.error, message.id);
  if (message.kind === "ignored") return respond(202, null);
  const mismatch = headersRefusal(request, message.request);
  if (mismatch !== null) return refuse(400, mismatch, message.request.id);
  const answer = await answerMessage(message.request, {
    ...served,
    call: async (tool, args) =>
      await served.answering(tool, args, Date.now(), async () => {
        const { tenant, caller } = await askingOf(ctx, request, argument, options);
        return askedOf(options.api, tenant, caller.query);
      }),
  });
  return respond(statusOf(message.request, answer), answer);
}

/** What the headers say against the message; null where they agree. */
function headersRefusal(request: Request, { method, params, version }: Message): RpcError | null {
  const header = (name: string) => request.headers.get(name)?.trim() ?? null;
  const told = header("mcp-protocol-version");
  if (version === null) {
    if (told === null || NEGOTIATED_VERSIONS.includes(told)) return null;
    if (NAMED_VERSIONS.includes(told)) {
      return invalidParams(`a message of ${told} names its version in _meta`);
    }
    const versions = [...NAMED_VERSIONS, ...NEGOTIATED_VERSIONS].join(", ");
    return {
      code: INVALID_REQUEST,
      message: `Unsupported MCP-Protocol-Version: there are ${versions}`,
    };
  }
  const name = method === "tools/call" ? params["name"] : undefined;
  if (told !== version) return mismatch("MCP-Protocol-Version");
  if (header("mcp-method") !== method) return mismatch("Mcp-Method");
  if (typeof name === "string" && decoded(header("mcp-name")) !== name) return mismatch("Mcp-Name");
  return null;
}

function mismatch(name: string): RpcError {
  return {
    code: HEADER_MISMATCH,
    message: `The header ${name} does not say what the message says`,
  };
}

/** A header's value; one that headers cannot hold comes as `=?base64?…?=`. */
function decoded(value: string | null): string | null {
  const [, coded] = /^=\?base64\?([A-Za-z0-9+/=]*)\?=$/.exec(value ?? "") ?? [];
  if (coded === undefined) return value;
  try {
    const bytes = Uint8Array.from(atob(coded), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes);
  } catch {
    return null;
  }
}

/** Revision 2026-07-28 says by the status, too, that there is no such method. */
function statusOf({ version }: Message, answer: Answered): number {
  return version !== null && "error" in answer && answer.error.code === -32_601 ? 404 : 200;
}

/** The deployment's own site, whose pages may ask. */
function ownOrigin(): string[] {
  const site = process.env["CONVEX_SITE_URL"];
  return site === undefined ? [] : [new URL(site).origin];
}

/** The body as text; null where it is too long. */
async function bodyOf(request: Request): Promise<string | null> {
  if (Number(request.headers.get("content-length")) > BODY_MAX) return null;
  if (request.body === null) return "";
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > BODY_MAX) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(value, { stream: true });
  }
}
