/**
 * CSV records from a stream of text, with recovery: a stray quote costs its own line, not the rest
 * of the file. RFC 4180, and leniently: a quote inside an unquoted cell is a character like any
 * other. (General parsers swallow everything up to the next quote, or to the end.)
 */

export type CsvRecord =
  | { kind: "cells"; line: number; cells: readonly string[]; raw: string }
  | { kind: "bad"; line: number; code: "BadQuote" | "UnclosedQuote"; message: string; raw: string };

/** A quoted cell longer than this is a quote that was never closed. */
const linesPerRecordMax = 200;
const charactersPerRecordMax = 200_000;

type Line = { number: number; text: string };

/**
 * Yields every record with the number of its first line; blank lines are no records. `columns` is
 * how many cells a record has (unknown for the header itself); it tells a cell with line breaks
 * from a stray quote that ran on into the next lines.
 */
export async function* readCsv(
  chunks: AsyncIterable<string>,
  delimiter: string,
  columns: () => number | undefined,
): AsyncGenerator<CsvRecord> {
  let open: OpenRecord | undefined;
  /** Lines to read again after a recovery, before any new ones. */
  const again: Line[] = [];

  function* take(line: Line): Generator<CsvRecord> {
    again.unshift(line);
    for (let next = again.shift(); next !== undefined; next = again.shift()) {
      if (open === undefined && next.text.trim() === "") continue;
      open ??= new OpenRecord(delimiter);
      const state = open.add(next);
      if (state === "open" && !open.isTooLong()) continue;
      yield finish(open, state === "complete" ? undefined : state);
    }
  }

  function finish(record: OpenRecord, problem: "open" | "malformed" | undefined): CsvRecord {
    open = undefined;
    const [first, ...others] = record.lines as [Line, ...Line[]];
    const expected = columns();
    const ranOn = others.length > 0 && expected !== undefined && record.cells.length !== expected;
    if (problem === undefined && !ranOn)
      return { kind: "cells", line: first.number, cells: record.cells, raw: record.raw() };
    again.unshift(...others);
    const unclosed = problem === "open" || others.length > 0;
    return {
      kind: "bad",
      line: first.number,
      code: unclosed ? "UnclosedQuote" : "BadQuote",
      message: unclosed
        ? "A quote opens a cell and does not close it on this line."
        : "Text follows a closing quote before the next delimiter.",
      raw: first.text,
    };
  }

  for await (const line of splitLines(chunks)) yield* take(line);
  while (open !== undefined) {
    yield finish(open, "open");
    const next = again.shift();
    if (next !== undefined) yield* take(next);
  }
}

/** A record while its lines come in. */
class OpenRecord {
  readonly lines: Line[] = [];
  readonly cells: string[] = [];
  private quoted: string | undefined;
  private length = 0;

  constructor(private readonly delimiter: string) {}

  raw(): string {
    return this.lines.map((line) => line.text).join("\n");
  }

  isTooLong(): boolean {
    return this.lines.length > linesPerRecordMax || this.length > charactersPerRecordMax;
  }

  add(line: Line): "complete" | "open" | "malformed" {
    this.lines.push(line);
    this.length += line.text.length;
    const { text } = line;
    if (this.quoted === undefined && !text.includes('"')) {
      this.cells.push(...text.split(this.delimiter));
      return "complete";
    }
    let at = 0;
    if (this.quoted !== undefined) this.quoted += "\n";
    for (;;) {
      if (this.quoted === undefined) {
        if (text[at] !== '"') {
          const end = text.indexOf(this.delimiter, at);
          this.cells.push(end < 0 ? text.slice(at) : text.slice(at, end));
          if (end < 0) return "complete";
          at = end + 1;
          continue;
        }
        this.quoted = "";
        at += 1;
      }
      const quote = text.indexOf('"', at);
      if (quote < 0) {
        this.quoted += text.slice(at);
        return "open";
      }
      this.quoted += text.slice(at, quote);
      at = quote + 1;
      if (text[at] === '"') {
        this.quoted += '"';
        at += 1;
        continue;
      }
      this.cells.push(this.quoted);
      this.quoted = undefined;
      if (at === text.length) return "complete";
      if (text[at] !== this.delimiter) return "malformed";
      at += 1;
    }
  }
}

/** Lines without their terminators (LF or CR LF), numbered from 1. */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<Line> {
  let rest = "";
  let number = 0;
  for await (const chunk of chunks) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      number += 1;
      yield { number, text: part.endsWith("\r") ? part.slice(0, -1) : part };
    }
  }
  if (rest !== "")
    yield { number: number + 1, text: rest.endsWith("\r") ? rest.slice(0, -1) : rest };
}

/** The delimiter that the header line uses: of comma, semicolon, tab and bar, the most frequent outside quotes. */
export function detectDelimiter(header: string): string {
  const bare = header.replace(/"[^"]*"/g, "");
  const counted = [",", ";", "\t", "|"].map((mark) => ({ mark, count: bare.split(mark).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).mark;
}
