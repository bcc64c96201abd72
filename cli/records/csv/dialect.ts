/** What separates the cells of a CSV file: as declared, as its `sep=` line says, or as its records show. */
import { Failure } from "../../failure.js";
import { parseWhole } from "./records.js";
import { quotingOf, type Marks } from "./quoting.js";

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
  /** Whether the first line only says what separates cells. */
  sepLine: boolean;
}

const delimiters: readonly string[] = [",", ";", "\t", "|"];

const delimiterNames: Readonly<Record<string, string>> = {
  ...{ ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar" },
};

export function delimiterName(delimiter: string): string {
  return delimiterNames[delimiter] ?? `"${delimiter}"`;
}

const SAMPLE_RECORDS = 100;
/** Records fit a delimiter that is taken for the fields which it finds. */
const FIT_MIN = 0.5;

/**
 * The dialect of a file by the start of its text, behind skipped lines. `fieldsIn` counts the fields that would be found
 * with these columns; it decides between delimiters that the records fit. Throws
 * `AmbiguousDelimiter` where nothing decides.
 */
export function dialectOf(
  start: string,
  options: CsvOptions,
  fieldsIn: (columns: readonly string[]) => number,
): Dialect {
  const { quote } = options;
  const [firstLine = ""] = start.split(/\r\n|\n|\r/, 1);
  const declared = /^\s*"?sep=(.)"?\s*$/i.exec(firstLine)?.[1];
  const sepLine = declared !== undefined;
  const delimiter = options.delimiter ?? declared;
  if (delimiter !== undefined) {
    return { delimiter, quote, sepLine };
  }
  const candidates = delimiters
    .map((mark) => candidateOf(start, { delimiter: mark, quote }, fieldsIn))
    .filter((candidate) => candidate.columns > 1);
  const sound = highest(candidates, (one) => -one.malformed);
  const fitting = sound.filter((one) => one.fit >= FIT_MIN);
  const named = highest(fitting.length > 0 ? fitting : sound, (one) => one.fields);
  const [chosen, ...others] = highest(named, (one) => one.fit);
  if (others.length > 0) {
    const names = [chosen!, ...others].map((one) => delimiterName(one.delimiter));
    throw new Failure(
      "AmbiguousDelimiter",
      `The cells may be separated by ${names.join(" or ")}.`,
      "Say which with --delimiter.",
    );
  }
  return { delimiter: chosen?.delimiter ?? ",", quote, sepLine };
}

interface Candidate {
  delimiter: string;
  columns: number;
  /** Records whose quotes make no sense with this delimiter. */
  malformed: number;
  /** How well the records fit the first one, from 0 to 1. */
  fit: number;
  fields: number;
}

function candidateOf(
  sample: string,
  marks: Marks,
  fieldsIn: (columns: readonly string[]) => number,
): Candidate {
  const records = parseWhole(sample, marks).records.filter(({ cells }) => lengthOf(cells) > 0);
  const [first, ...others] = records;
  const columns = (first?.cells ?? []).map((cell) => cell.trim());
  // The last record of a sample may be cut off.
  const whole = others.slice(0, Math.max(1, Math.min(SAMPLE_RECORDS, others.length - 1)));
  const fits = whole.reduce((sum, { cells }) => sum + fitOf(cells, columns.length), 0);
  const malformed = [...records.slice(0, 1), ...whole].filter(({ raw }) => {
    return quotingOf(raw.trim(), marks) === "malformed";
  });
  return {
    ...{ delimiter: marks.delimiter, columns: columns.length, malformed: malformed.length },
    fit: whole.length === 0 ? 1 : fits / whole.length,
    fields: fieldsIn(columns),
  };
}

/** 1 where only empty cells are too many; less where cells are left out, 0 where others are too many. */
function fitOf(cells: readonly string[], columns: number): number {
  if (lengthOf(cells) > columns) return 0;
  if (cells.length >= columns) return 1;
  return cells.length > 1 ? 0.6 : 0.3;
}

/** The cells without empty ones at the end. */
function lengthOf(cells: readonly string[]): number {
  return cells.findLastIndex((cell) => cell.trim() !== "") + 1;
}

function highest<T>(items: readonly T[], score: (item: T) => number): T[] {
  const most = Math.max(...items.map(score));
  return items.filter((item) => score(item) === most);
}
