/**
 * What becomes of the lines behind a quote that is not closed, or closed in the middle of a text. Two
 * readings are possible: the quote is a stray character and the next lines are rows, or it opens a
 * note that goes on over those lines. They are held back until the next quote tells: an opening
 * quote of a whole cell proves the first reading, any other the second. A line that may come from
 * inside a note is never a row.
 */
import { quotingOf, type Marks } from "./quoting.js";

export interface Parsed {
  cells: string[];
  /** The record as it stands in the file; may begin with the blank lines before it. */
  raw: string;
}

export type CsvRecord =
  | {
      kind: "cells";
      line: number;
      cells: readonly string[];
      raw: string;
      /** Nothing behind it proves that it is a row: it has to have exactly the header's cells. */
      suspect: boolean;
    }
  | { kind: "bad"; line: number; code: BadQuoting; message: string; raw: string };

type BadQuoting = "BadQuote" | "UnclosedQuote" | "InsideQuote";

/** Records that are held back at most. */
const HELD_MAX = 50_000;

const WAY_OUT = "double it inside a quoted cell, or say --quote none if quotes are only characters";

const messages: Record<BadQuoting, string> = {
  BadQuote: `text follows a closing quote before the next delimiter: ${WAY_OUT}`,
  UnclosedQuote: `a quote opens a cell and nothing closes it: ${WAY_OUT}`,
  InsideQuote: "may lie inside the quoted cell that an earlier line opens: mend that line first",
};

export class QuoteJudge {
  /** Rows that are certain only when the first reading is proved. */
  private held: CsvRecord[] | undefined;
  /** Too much was held back: nothing is certain until the next quote. */
  private lost = false;

  constructor(
    private readonly marks: Marks,
    /** The line where the next record begins. */
    public line: number,
    private readonly parse: (text: string) => { records: Parsed[]; open?: string },
  ) {}

  /** The records that are certain by now, rows and refusals, in file order. */
  *take(records: readonly Parsed[]): Generator<CsvRecord> {
    for (const record of records) yield* this.judge(record);
  }

  /** At the end of the file; `open` is its text from a quote on that nothing closes. */
  *finish(open: string | undefined): Generator<CsvRecord> {
    if (open !== undefined) yield* this.breakOpen(open, "UnclosedQuote");
    for (const record of this.held ?? []) {
      yield record.kind === "cells" ? { ...record, suspect: true } : record;
    }
    this.held = undefined;
  }

  private *judge({ cells, raw }: Parsed): Generator<CsvRecord> {
    const quoting = quotingOf(raw.slice(blankBefore(raw).length), this.marks);
    if (quoting === "malformed") {
      yield* this.refuseHeld();
      return yield* this.breakOpen(raw, "BadQuote");
    }
    const record = this.place(raw, cells);
    if (this.held === undefined && !this.lost) return yield record;
    if (quoting === "clean") {
      yield* this.held ?? [];
      this.settle();
      return yield record;
    }
    if (quoting === "stray") {
      yield* this.refuseHeld();
      this.settle();
      return yield refused(record, "InsideQuote");
    }
    if (this.lost) return yield refused(record, "InsideQuote");
    this.held!.push(record);
    if (this.held!.length > HELD_MAX) {
      yield* this.refuseHeld();
      this.lost = true;
    }
  }

  /** Refuses the first line of a broken text and judges the others by themselves. */
  private *breakOpen(text: string, code: BadQuoting): Generator<CsvRecord> {
    const blank = blankBefore(text);
    const [first = ""] = text.slice(blank.length).split(/\r\n|\n|\r/, 1);
    const rest = text.slice(blank.length + first.length).replace(/^(?:\r\n|\n|\r)/, "");
    const broken = this.place(blank + first, []);
    const others = this.parse(rest);
    yield refused(
      broken,
      others.records.length > 0 || code === "UnclosedQuote" ? "UnclosedQuote" : code,
    );
    this.held ??= [];
    yield* this.take(others.records);
    if (others.open !== undefined) yield* this.breakOpen(others.open, "UnclosedQuote");
  }

  private *refuseHeld(): Generator<CsvRecord> {
    const held = this.held ?? [];
    this.held = undefined;
    for (const record of held) yield refused(record, "InsideQuote");
  }

  private settle(): void {
    this.held = undefined;
    this.lost = false;
  }

  /** The record with its line, and its raw text without line breaks around it. */
  private place(raw: string, cells: readonly string[]): CsvRecord & { kind: "cells" } {
    const blank = blankBefore(raw);
    const line = this.line + breaksIn(blank);
    const ended = /[\r\n]$/.test(raw);
    this.line += breaksIn(raw) + (ended ? 0 : 1);
    const text = raw.slice(blank.length).replace(/[\r\n]+$/, "");
    return { kind: "cells", line, cells, raw: text, suspect: false };
  }
}

function refused(record: CsvRecord, code: BadQuoting): CsvRecord {
  if (record.kind === "bad") return record;
  const { line, raw } = record;
  return { kind: "bad", line, code, message: messages[code], raw };
}

/** The blank lines that csv-parse skips, which stand before a record in its raw text. */
function blankBefore(raw: string): string {
  return /^(?:[^\S\t\r\n]*[\r\n]+)*/.exec(raw)![0];
}

function breaksIn(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}
