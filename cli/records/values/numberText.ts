/**
 * Numbers as spreadsheets write them: grouped digits, currency signs, accountants' negatives such as
 * `(100)` and `100-`. A text that may be two numbers is refused.
 */
import { refuseCell, type CellRefusal } from "./refusal.js";

export interface NumberOptions {
  /** The file writes 1.234,50 for what others write 1,234.50. */
  decimalComma: boolean;
  /** The mark that groups digits in this file. Declared, it makes a lone group certain. */
  thousands?: string | undefined;
}

export type NumberResult = { ok: true; value: number } | CellRefusal;

/** More digits than a double keeps. */
const EXACT_DIGITS = 15;

/**
 * The number that `cell` says. A group of three digits never follows a leading 0, and a lone group
 * behind a comma or point is refused (`AmbiguousNumber`): 1,250 is 1250 or 1.25.
 */
export function readNumberText(cell: string, options: NumberOptions): NumberResult {
  if (/^\d{1,15}$/.test(cell)) return { ok: true, value: Number(cell) };
  const { negative, digits } = takeSign(cell);
  const point = options.decimalComma ? "," : ".";
  const usual = options.decimalComma ? "." : ",";
  const marks = options.thousands === undefined ? [usual, "'", "\u2019"] : [options.thousands];
  const grouped = takeGroups(digits, marks, point);
  if (grouped.groups > 0) {
    if (digits.startsWith("0")) {
      const message = `"${cell}" is no number: no group of digits follows a 0`;
      return refuseCell("NotANumber", `${message}; is it decimal (--decimal-comma)?`);
    }
    const lone = grouped.groups === 1 && !digits.includes(point) && grouped.mark === usual;
    if (lone && options.thousands === undefined) {
      const [whole, decimal] = [digits.replace(usual, ""), digits.replace(usual, ".")];
      return refuseCell(
        "AmbiguousNumber",
        `"${cell}" is ${whole} or ${decimal}; say --thousands "${usual}"` +
          (options.decimalComma ? " or leave out --decimal-comma" : " or --decimal-comma"),
      );
    }
  }
  if (!shapeOf(options.decimalComma).test(grouped.text)) {
    const way = options.decimalComma ? "without --decimal-comma" : "with --decimal-comma";
    const hint = shapeOf(!options.decimalComma).test(grouped.text) ? `; it is one ${way}` : "";
    return refuseCell("NotANumber", `"${cell}" is no number as this file writes them${hint}`);
  }
  const value = Number(grouped.text.replace(",", "."));
  return { ok: true, value: negative && value !== 0 ? -value : value };
}

/** Digits with a decimal part. */
function shapeOf(decimalComma: boolean): RegExp {
  return decimalComma ? /^(?:\d+,?\d*|,\d+)$/ : /^(?:\d+\.?\d*|\.\d+)$/;
}

/** Whether a double holds every digit of the text. */
export function isExact(cell: string, value: number): boolean {
  const digits = (text: string) => text.replace(/\D/g, "").replace(/^0+|0+$/g, "");
  const said = digits(cell);
  return (
    said.length <= EXACT_DIGITS || (Number.isSafeInteger(value) && said === digits(`${value}`))
  );
}

function takeSign(cell: string): { negative: boolean; digits: string } {
  let text = cell.trim().replace(/[\u2212\u2013]/g, "-");
  let negative = false;
  if (/^\(.*\)$/.test(text)) {
    negative = true;
    text = text.slice(1, -1).trim();
  } else if (text.startsWith("-")) {
    negative = true;
    text = text.slice(1).trim();
  } else if (text.endsWith("-")) {
    negative = true;
    text = text.slice(0, -1).trim();
  } else if (text.startsWith("+")) {
    text = text.slice(1).trim();
  }
  return { negative, digits: text.replace(/^[$€£¥]\s?|\s?[$€£¥]$/g, "") };
}

/** Whether the text itself says plus or minus. */
export function hasSign(cell: string): boolean {
  return /^\s*[-+\u2212\u2013(]|[-\u2212\u2013]\s*$/.test(cell);
}

/** Digits in groups of three, all behind the same mark. */
const groupsPattern = /^\d{1,3}(\D)\d{3}(?:\1\d{3})*(?!\d)/;

function takeGroups(
  digits: string,
  marks: readonly string[],
  point: string,
): { text: string; groups: number; mark: string } {
  const [head = "", mark = ""] = groupsPattern.exec(digits) ?? [];
  const rest = digits.slice(head.length);
  const isMark = marks.includes(mark) || /^\s$/.test(mark);
  if (head === "" || !isMark || (rest !== "" && !rest.startsWith(point))) {
    return { text: digits, groups: 0, mark: "" };
  }
  const parts = head.split(mark);
  return { text: parts.join("") + rest, groups: parts.length - 1, mark };
}
