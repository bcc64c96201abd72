/** What Cube's WebSocket clients send, read. */
import { RollupsError } from "../../lib/errors.js";

export type MessageId = string | number;

export type Message =
  | { kind: "authorization"; authorization: unknown }
  | { kind: "unsubscribe"; id: MessageId }
  | { kind: "method"; id: MessageId; method: string; params: Readonly<Record<string, unknown>> };

/** Throws `InvalidQuery`, with the `messageId` that was read where there is one. */
export function readMessage(text: string): Message {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    throw invalid("Invalid JSON payload");
  }
  if (typeof told !== "object" || told === null || Array.isArray(told)) {
    throw invalid("A message is a JSON object");
  }
  const { authorization, unsubscribe, messageId, method, params } = told as Record<string, unknown>;
  // A client without a token says nothing.
  if (authorization !== undefined || Object.keys(told).length === 0) {
    return { kind: "authorization", authorization };
  }
  if (unsubscribe !== undefined) {
    if (!isId(unsubscribe)) throw invalid("unsubscribe is a messageId");
    return { kind: "unsubscribe", id: unsubscribe };
  }
  if (!isId(messageId)) throw invalid("messageId is required");
  if (typeof method !== "string") throw invalid("Method is required", messageId);
  if (params !== undefined && (typeof params !== "object" || params === null)) {
    throw invalid("params is an object", messageId);
  }
  return { kind: "method", id: messageId, method, params: { ...params } };
}

function isId(value: unknown): value is MessageId {
  return typeof value === "number" || (typeof value === "string" && value.length <= 100);
}

function invalid(message: string, messageId?: MessageId): RollupsError {
  return new RollupsError("InvalidQuery", message, messageId === undefined ? {} : { messageId });
}
