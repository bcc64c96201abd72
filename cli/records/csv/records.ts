/**
 * CSV records from a stream of text. `csv-parse` reads them: quoting decides where a record ends. What
 * it cannot know is whether a quote was meant: where quoting breaks, `QuoteJudge` decides which of the
 * lines that follow are rows for certain, and refuses the others.
 */
import { parse as parseStream, type Options } from "csv-parse";
import { parse as parseText } from "csv-parse/sync";
import { Failure } from "../../failure.js";
import { QuoteJudge, type Parsed, type CsvRecord } from "./quoteJudge.js";
import type { Marks } from "./quoting.js";

export type { CsvRecord } from "./quoteJudge.js";

/** A record longer than this is a quote that was never closed. */
const RECORD_BYTES_MAX = 8 * 1024 * 1024;

/** Yields every record with the number of its first line, from `firstLine`; blank lines are no records. */
export async function* readCsv(
  chunks: AsyncIterable<string>,
  marks: Marks,
  firstLine = 1,
): AsyncGenerator<CsvRecord> {
  const ready: Parsed[] = [];
  const judge = new QuoteJudge(marks, firstLine, (text) => parseWhole(text, marks));
  const parser = parseStream(optionsOf(marks, ready));
  parser.resume();
  const failed = new Promise<Error | null>((resolve) => {
    parser.once("error", resolve);
    parser.once("end", () => resolve(null));
  });
  for await (const chunk of chunks) {
    const error = await new Promise<Error | null | undefined>((resolve) => {
      parser.write(chunk, resolve);
    });
    yield* judge.take(ready.splice(0));
    if (error) throw tooLong(error, judge.line);
  }
  parser.end();
  const error = await failed;
  yield* judge.take(ready.splice(0));
  yield* judge.finish(error === null ? undefined : openRecord(error));
}

/** The records of a text, and what is left of it where a quote does not close. */
export function parseWhole(text: string, marks: Marks): { records: Parsed[]; open?: string } {
  const records: Parsed[] = [];
  try {
    parseText(text, optionsOf(marks, records));
  } catch (error) {
    return { records, open: openRecord(error as Error) };
  }
  return { records };
}

function optionsOf({ delimiter, quote }: Marks, records: Parsed[]): Options {
  return {
    delimiter,
    quote,
    escape: quote,
    raw: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    ltrim: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: RECORD_BYTES_MAX,
    on_record(record) {
      const { record: cells, raw } = record as unknown as { record: string[]; raw: string };
      records.push({ cells, raw });
      return null;
    },
  };
}

/** The text from an opening quote to the end of the file, where none closes it. */
function openRecord(error: Error): string {
  const { code, raw } = error as Error & { code?: string; raw?: string };
  if (code === "CSV_QUOTE_NOT_CLOSED" && raw !== undefined) return raw;
  throw error;
}

function tooLong(error: Error, line: number): Error {
  if ((error as Error & { code?: string }).code !== "CSV_MAX_RECORD_SIZE") return error;
  return new Failure(
    "UnclosedQuote",
    `A quote opens in the record of line ${line} and does not close within ${RECORD_BYTES_MAX} bytes.`,
    "Close it, or say --quote none if the file's quotes are characters like any other.",
  );
}
