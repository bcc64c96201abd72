/** Turns console calls of user code into the log lines that clients and the CLI parse. */
import { inspect } from "node:util";

const LINE_MAX = 4096;

/** One line, `[LOG] 'text' { … }`, cut to the platform's length. */
export function formatLog(level: string, args: readonly unknown[]): string {
  const shown = args
    .map((arg) =>
      typeof arg === "string" ? `'${arg}'` : inspect(arg, { depth: 4, breakLength: Infinity }),
    )
    .join(" ");
  const line = `[${level}] ${shown}`;
  return line.length > LINE_MAX ? `${line.slice(0, LINE_MAX - 15)}... (truncated)` : line;
}
