/** Options that say how a file is read: its cells, its times and its numbers. */
import { isZone } from "../../lib/time/zone.js";
import { pairs, wholeNumber } from "../commandLine.js";
import type { CsvOptions } from "./csv/dialect.js";
import { encodings, type Encoding } from "./input/textDecoding.js";
import { epochUnits } from "./time/epochText.js";
import type { DateOrder } from "./time/timestamp.js";
import type { CellOptions } from "./values/cellValue.js";

const many = { type: "string", multiple: true } as const;
const one = { type: "string" } as const;
const flag = { type: "boolean" } as const;

/** For `parseCommandLine`. */
export const readingOptions = {
  ...{ timezone: one, zone: many, "date-order": one, epoch: one },
  ...{ "decimal-comma": flag, thousands: one },
  ...{ delimiter: one, quote: one, "skip-lines": one, "no-header": flag, encoding: one },
  ...{ entry: one, rows: one },
} as const;

export const readingUsage = `Times and numbers
  --timezone ZONE          zone of times that carry none (default UTC)
  --zone NAME=Area/City    what an abbreviation such as CST means in this file
  --date-order ORDER       dmy, mdy or ymd: how the file writes dates like 03/04/2024
  --epoch UNIT             ${epochUnits.join(", ")}
  --decimal-comma          the file writes 1.234,50
  --thousands MARK         the mark that groups digits: 1,234 is 1234`;

export const fileUsage = `Files
  --delimiter MARK         what separates cells (default: as the records show)
  --quote MARK|none        what quotes cells (default ")
  --skip-lines N           lines before the header
  --no-header              columns go by their numbers, from 1
  --encoding NAME          ${encodings.join(", ")} (default utf-8)
  --entry NAME             the file of a zip archive
  --rows PATH              the array of a JSON file, as data.items`;

type Flags = typeof readingOptions;
type Values = {
  [Name in keyof Flags]?:
    | (Flags[Name] extends { multiple: true }
        ? string[]
        : Flags[Name] extends { type: "boolean" }
          ? boolean
          : string)
    | undefined;
};
type Fail = (message: string) => Error;

export interface Reading {
  csv: CsvOptions;
  cells: Omit<CellOptions, "separators" | "words">;
  encoding: Encoding;
  /** The file of an archive. */
  entry: string | undefined;
  /** The array of a JSON file. */
  rows: string | undefined;
}

const dateOrders: readonly DateOrder[] = ["dmy", "mdy", "ymd"];

/** `now` in epoch milliseconds. Throws what `fail` makes. */
export function readReading(values: Values, fail: Fail, now: number): Reading {
  const timezone = values.timezone ?? "UTC";
  const zoneNames = pairs("zone", values.zone);
  for (const zone of [timezone, ...zoneNames.values()])
    if (!isZone(zone)) throw fail(`"${zone}" is no time zone.`);
  const thousands = values.thousands;
  if (thousands !== undefined && thousands.length !== 1)
    throw fail(`--thousands takes one mark, not "${thousands}".`);
  const decimalComma = values["decimal-comma"] === true;
  if (thousands === (decimalComma ? "," : "."))
    throw fail(`"${thousands}" cannot group digits: it is the decimal sign.`);
  return {
    cells: {
      now,
      timezone,
      zoneNames,
      dateOrder: choiceOf("date-order", values["date-order"], dateOrders, fail),
      epoch: choiceOf("epoch", values.epoch, epochUnits, fail),
      decimalComma,
      thousands,
    },
    csv: {
      delimiter: delimiterOf(values.delimiter, fail),
      quote: values.quote === "none" ? null : quoteOf(values.quote, fail),
      skipLines: wholeNumber("skip-lines", values["skip-lines"], 0, { min: 0, max: 1_000_000 }),
      header: values["no-header"] !== true,
    },
    encoding: choiceOf("encoding", values.encoding, encodings, fail) ?? "utf-8",
    entry: values.entry,
    rows: values.rows,
  };
}

/** One of the names that an option takes, or undefined where it is not given. */
export function choiceOf<T extends string>(
  name: string,
  text: string | undefined,
  among: readonly T[],
  fail: Fail,
): T | undefined {
  const found = among.find((one) => one === text);
  if (text !== undefined && found === undefined)
    throw fail(`--${name} is one of ${among.join(", ")}, not "${text}".`);
  return found;
}

function delimiterOf(text: string | undefined, fail: Fail): string | undefined {
  if (text === undefined) return undefined;
  const names: Record<string, string> = {
    ...{ "\\t": "\t", tab: "\t", comma: ",", semicolon: ";", bar: "|", pipe: "|" },
  };
  const mark = names[text] ?? text;
  if (mark.length !== 1 || /["\r\n]/.test(mark))
    throw fail(`--delimiter takes one mark, or "tab", not "${text}".`);
  return mark;
}

function quoteOf(text: string | undefined, fail: Fail): string {
  const mark = text ?? '"';
  if (mark.length !== 1) throw fail(`--quote takes one mark, or "none", not "${mark}".`);
  return mark;
}
