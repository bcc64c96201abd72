/** Messages of the sync protocol, as `convex/browser` sends and expects them. */
import { encodeTs, type Json, type JsonObject } from "../values/json.js";

export interface AddQuery {
  type: "Add";
  queryId: number;
  udfPath: string;
  args: Json[];
  journal?: string | null;
  componentPath?: string;
}

export type ClientMessage =
  | {
      type: "Connect";
      sessionId: string;
      maxObservedTimestamp?: string;
      clientTs?: number;
    }
  | {
      type: "Authenticate";
      tokenType: "User" | "Admin" | "None";
      value?: string;
      baseVersion: number;
      impersonating?: JsonObject;
    }
  | {
      type: "ModifyQuerySet";
      baseVersion: number;
      newVersion: number;
      modifications: (AddQuery | { type: "Remove"; queryId: number })[];
    }
  | FunctionMessage
  | { type: "Event" };

export interface FunctionMessage {
  type: "Mutation" | "Action";
  requestId: number;
  udfPath: string;
  args: Json[];
  componentPath?: string;
}

/** What a transition moves from and to. */
export interface Version {
  querySet: number;
  identity: number;
  ts: bigint;
}

export function encodeVersion({ querySet, identity, ts }: Version): JsonObject {
  return { querySet, identity, ts: encodeTs(ts) };
}

/** Transitions longer than this are sent in parts. */
const CHUNK_LENGTH = 5_000_000;

let nextTransitionId = 1;

/** The frames that carry a transition: one, or several parts in order. */
export function transitionFrames(text: string): string[] {
  if (text.length <= CHUNK_LENGTH) return [text];
  const chunks: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + CHUNK_LENGTH, text.length);
    const code = text.charCodeAt(end - 1);
    if (end < text.length && code >= 0xd800 && code < 0xdc00) end--;
    chunks.push(text.slice(at, end));
    at = end;
  }
  const transitionId = String(nextTransitionId++);
  return chunks.map((chunk, partNumber) =>
    JSON.stringify({
      type: "TransitionChunk",
      chunk,
      partNumber,
      totalParts: chunks.length,
      transitionId,
    }),
  );
}
