/** Keys of groups that are times: which length or which hand of a clock they name. */
import { apply, same, type Expr } from "./expr.js";
import { numberText } from "./code.js";

const HOUR = 3_600_000;
const DAY = 86_400_000;
const GRANULARITIES: Record<string, string> = { 4: "year", 7: "month", 10: "day", 13: "hour" };

export interface Bucket {
  of: Expr;
  granularity: string;
  /** As a text of `length` characters, as a count of lengths of `length` ms, or as its start. */
  as: "text" | "number" | "start";
  length: number;
}

/** A key that is the hour, day, month or year of a time. */
export function bucketOf(key: Expr): Bucket | null {
  if (key.op !== "apply") return null;
  const iso = /^#iso(\d+)$/.exec(key.fn);
  const [a, b] = key.of;
  if (iso !== null && a !== undefined) {
    const length = Number(iso[1]);
    const inner = bucketOf(a);
    // A day's start has the day's text, and no other that is longer.
    if (inner !== null && !(inner.as === "start" && (inner.length === HOUR || length <= 10)))
      return null;
    return { of: inner?.of ?? a, granularity: GRANULARITIES[length]!, as: "text", length };
  }
  if (key.fn === "Math.floor" && a?.op === "apply" && a.fn === "/") return floorOf(a);
  if (key.fn === "*" && a && b) {
    const [factor, floor] = a.op === "literal" ? [a, b] : [b, a];
    const bucket = bucketOf(floor);
    if (bucket?.as === "number" && factor.op === "literal" && factor.value === bucket.length)
      return { ...bucket, as: "start" };
  }
  if (key.fn === "-" && b?.op === "apply" && b.fn === "%" && a && same(a, b.of[0])) {
    const bucket = floorOf(apply("/", a, b.of[1]!));
    return bucket && { ...bucket, as: "start" };
  }
  return null;
}

function floorOf(e: Expr): Bucket | null {
  const [of, by] = (e as { of: readonly Expr[] }).of;
  if (of?.op !== "field" || by?.op !== "literal") return null;
  if (by.value !== HOUR && by.value !== DAY) return null;
  return { of, granularity: by.value === DAY ? "day" : "hour", as: "number", length: by.value };
}

/** A key that is an hour of day or a weekday, turned round its circle at most. */
export function clockOf(key: Expr): { type: "hourOfDay" | "weekday"; of: Expr } | null {
  if (key.op !== "apply") return null;
  const [a, b] = key.of;
  if (key.fn === "#getUTCHours") return { type: "hourOfDay", of: a! };
  if (key.fn === "#getUTCDay") return { type: "weekday", of: a! };
  const clock = a === undefined ? null : clockOf(a);
  if (clock === null || b?.op !== "literal" || !Number.isInteger(b.value)) return null;
  if (key.fn === "+" || key.fn === "-") return clock;
  const round = clock.type === "weekday" ? 7 : 24;
  return key.fn === "%" && b.value === round ? clock : null;
}

export function clockText(key: Expr, column: string): string {
  if (key.op !== "apply" || key.fn.startsWith("#")) return column;
  return `((${clockText(key.of[0]!, column)}) ${key.fn} ${numberText((key.of[1] as { value: number }).value)})`;
}
