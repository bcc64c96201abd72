/**
 * What a measure looks at beside its bucket: a stretch of time that is said relative to the bucket's
 * start or end. A closing balance is the plainest one: everything up to the end.
 */
import { RollupsError } from "../errors.js";
import type { RollingWindow } from "../model/cube.js";
import { parseSpan, type Span } from "../time/span.js";

/** How far a window reaches from its bucket's start or end; null: not at all. */
export type Reach = Span | "unbounded" | null;

export interface Window {
  trailing: Reach;
  leading: Reach;
  /** From which end of the bucket both are counted. */
  offset: "start" | "end";
}

export const everythingBefore: Window = { trailing: "unbounded", leading: null, offset: "end" };

/** The window of a valid definition; null for none. */
export function windowOf(rolling: RollingWindow | undefined): Window | null {
  if (rolling === undefined) return null;
  const { trailing, leading, offset = "end" } = rolling;
  return { trailing: reachOf(trailing), leading: reachOf(leading), offset };
}

function reachOf(text: string | undefined): Reach {
  if (text === undefined) return null;
  if (text === "unbounded") return text;
  const span = parseSpan(text);
  if (span !== null) return span;
  throw new RollupsError("InvalidDefinition", `${text} is not a length of time`, { text });
}
