/** What a gateway says of itself: one JSON object a line. Callers are named by a hash, and tokens never. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;
export type Log = (level: "info" | "warn" | "error", event: string, fields?: LogFields) => void;

/** `now` in epoch ms. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  return (level, event, fields = {}) =>
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...fields })}\n`);
}
