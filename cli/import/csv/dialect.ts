/** What separates the cells of a CSV file: as declared, as its `sep=` line says, or as its records show. */
import { Failure } from "../../failure";
import { parseWhole } from "./records";
import type { Marks } from "./quoting";

export interface CsvOptions {
  delimiter?: string | undefined;
  /** Null: quotes are characters like any other. */
  quote: string | null;
  /** Lines before the header. */
  skipLines: number;
  /** False: columns go by their numbers. */
  header: boolean;
}

export interface Dialect extends Marks {
  /** Lines to drop before the first record. */
  skipLines: number;
}

export const delimiters: readonly string[] = [",", ";", "\t", "|"];

const delimiterNames: Readonly<Record<string, string>> = {
  ...{ ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" },
};

export function delimiterName(delimiter: string): string {
  return delimiterNames[delimiter] ?? `"${delimiter}"`;
}

const SAMPLE_RECORDS = 100;

/**
 * The dialect of a file by the start of its text. `fieldsIn` counts the fields that would be found
 * with these columns; it decides between delimiters that fit equally well. Throws
 * `AmbiguousDelimiter` where nothing decides.
 */
export function dialectOf(
  start: string,
  options: CsvOptions,
  fieldsIn: (columns: readonly string[]) => number,
): Dialect {
  const { quote } = options;
  const lines = start.split(/\r\n|\n|\r/);
  const declared = /^\s*"?sep=(.)"?\s*$/i.exec(lines[options.skipLines] ?? "")?.[1];
  const skipLines = options.skipLines + (declared === undefined ? 0 : 1);
  const delimiter = options.delimiter ?? declared;
  if (delimiter !== undefined) {
    return { delimiter, quote, skipLines };
  }
  const sample = lines.slice(skipLines).join("\n");
  const candidates = delimiters
    .map((mark) => candidateOf(sample, { delimiter: mark, quote }, fieldsIn))
    .filter((candidate) => candidate.columns > 1);
  const best = highest(candidates, (one) => one.fit);
  const [chosen, ...others] = highest(best, (one) => one.fields);
  if (others.length > 0) {
    const names = [chosen!, ...others].map((one) => delimiterName(one.delimiter));
    throw new Failure(
      "AmbiguousDelimiter",
      `The cells may be separated by ${names.join(" or ")}.`,
      "Say which with --delimiter.",
    );
  }
  return { delimiter: chosen?.delimiter ?? ",", quote, skipLines };
}

interface Candidate {
  delimiter: string;
  columns: number;
  /** The share of records with exactly as many cells as the first one. */
  fit: number;
  fields: number;
}

function candidateOf(
  sample: string,
  marks: Marks,
  fieldsIn: (columns: readonly string[]) => number,
): Candidate {
  const [first, ...others] = parseWhole(sample, marks)
    .records.map(({ cells }) => cells)
    .filter((cells) => cells.some((cell) => cell.trim() !== ""));
  const columns = (first ?? []).map((cell) => cell.trim());
  // The last record of a sample may be cut off.
  const whole = others.slice(0, Math.max(1, Math.min(SAMPLE_RECORDS, others.length - 1)));
  const fitting = whole.filter((cells) => cells.length === columns.length).length;
  const fit = whole.length === 0 ? 1 : fitting / whole.length;
  return { delimiter: marks.delimiter, columns: columns.length, fit, fields: fieldsIn(columns) };
}

function highest<T>(items: readonly T[], score: (item: T) => number): T[] {
  const most = Math.max(...items.map(score));
  return items.filter((item) => score(item) === most);
}
