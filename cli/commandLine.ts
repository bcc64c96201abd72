/** Command-line options: Node's own parser, with refusals by name and typed values. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { Failure, Help } from "./failure.js";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Parses `args`; an unknown option or a missing value is refused as `BadUsage`, and `--help` is `Help`. */
export function parseCommandLine<O extends Options>(
  args: readonly string[],
  options: O,
  usage: string,
) {
  if (args.includes("--help")) throw new Help(usage);
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw badUsage(error instanceof Error ? error.message : String(error), usage);
  }
}

export function badUsage(message: string, usage: string): Failure {
  return new Failure("BadUsage", message, usage);
}

/** A whole number in a range, or `fallback` when the option is absent. */
export function wholeNumber(
  name: string,
  text: string | undefined,
  fallback: number,
  range: { min: number; max: number },
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < range.min || value > range.max)
    throw new Failure(
      "BadUsage",
      `--${name} takes a whole number from ${range.min} to ${range.max}, not "${text}".`,
    );
  return value;
}

/** `a=1,b=2`, repeatable, as pairs. A comma inside a value is kept where the next part has no `=`. */
export function pairs(name: string, texts: readonly string[] | undefined): Map<string, string> {
  const result = new Map<string, string>();
  let last: string | undefined;
  for (const part of (texts ?? []).flatMap((text) => text.split(","))) {
    const at = part.indexOf("=");
    if (at > 0) {
      last = part.slice(0, at).trim();
      if (result.has(last)) throw new Failure("BadUsage", `--${name} names ${last} twice.`);
      result.set(last, part.slice(at + 1));
    } else if (last !== undefined) {
      result.set(last, `${result.get(last)},${part}`);
    } else {
      throw new Failure("BadUsage", `--${name} takes field=value pairs, not "${part}".`);
    }
  }
  return result;
}
