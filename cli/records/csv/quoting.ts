/** How the quotes of one record stand, which tells a note over several lines from a stray quote. */

export interface Marks {
  delimiter: string;
  /** Null: the file's quotes are characters like any other. */
  quote: string | null;
}

/**
 * `plain`: no quotes. `clean`: every quote opens or closes a whole cell. `stray`: one stands inside an
 * unquoted cell. `malformed`: text follows a closing quote, or none closes.
 */
export type Quoting = "plain" | "clean" | "stray" | "malformed";

/** Reads `raw`, the text of one record. O(length). */
export function quotingOf(raw: string, { delimiter, quote }: Marks): Quoting {
  if (quote === null || !raw.includes(quote)) {
    return "plain";
  }
  let at = 0;
  let found: Quoting = "clean";
  while (at <= raw.length) {
    at += /^[^\S\n\r\t]*/.exec(raw.slice(at, at + 64))![0].length;
    if (raw[at] !== quote) {
      const end = raw.indexOf(delimiter, at);
      const cell = end < 0 ? raw.slice(at) : raw.slice(at, end);
      if (cell.includes(quote)) found = "stray";
      if (end < 0) return found;
      at = end + delimiter.length;
      continue;
    }
    at = endOfQuoted(raw, at + 1, quote);
    if (at < 0) return "malformed";
    if (/^[\r\n]*$/.test(raw.slice(at, at + 2)) && at + 2 >= raw.length) return found;
    if (!raw.startsWith(delimiter, at)) return "malformed";
    at += delimiter.length;
  }
  return found;
}

/** The position behind the closing quote, or −1. A doubled quote is a character. */
function endOfQuoted(raw: string, from: number, quote: string): number {
  for (let at = raw.indexOf(quote, from); at >= 0; at = raw.indexOf(quote, at + 2)) {
    if (raw[at + 1] !== quote) return at + 1;
  }
  return -1;
}
