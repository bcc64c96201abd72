/** From an opened file to records: finds out the format by its first character and reads it. */
import { Failure } from "../failure.js";
import type { CsvOptions } from "./csv/dialect.js";
import { readTable } from "./csv/table.js";
import { takeFirst } from "./input/firstItems.js";
import type { OpenedFile } from "./input/openFile.js";
import { readJson } from "./json/readJson.js";
import type { RecordSource } from "./record.js";

export interface SourceOptions extends CsvOptions {
  /** The JSON array that holds the rows, as `data.items`. */
  rows: string | undefined;
  /** How many fields these columns would feed. */
  fieldsIn(columns: readonly string[]): number;
  /** Whether these columns would feed every required field. */
  isRow(columns: readonly string[]): boolean;
}

type ReadPage = (name: string, text: AsyncIterable<string>) => Promise<RecordSource>;

/** Records that show what a file holds. */
export const SAMPLE_RECORDS = 1000;

/** `[` or `{` starts JSON, `<` a web page, which `readPage` may know; all else is CSV, and what is declared to be. */
export async function readSource(
  { name, text }: Pick<OpenedFile, "name" | "text">,
  options: SourceOptions,
  readPage: ReadPage = refusePage,
): Promise<RecordSource> {
  const mark = await firstCharacter(text());
  if (mark === undefined) throw new Failure("EmptyFile", `${name} holds nothing.`);
  const isTable = options.delimiter !== undefined || options.skipLines > 0 || !options.header;
  if (!isTable && (mark === "[" || mark === "{")) return await readObjects(name, text, options);
  if (!isTable && mark === "<") return await readPage(name, text());
  return await readTable(name, text(), options, options.fieldsIn);
}

export function refusePage(name: string): Promise<never> {
  return Promise.reject(
    new Failure("NotText", `${name} is a web page.`, "Export the data as CSV or JSON."),
  );
}

async function firstCharacter(text: AsyncIterable<string>): Promise<string | undefined> {
  for await (const chunk of text) {
    const mark = chunk.trimStart()[0];
    if (mark !== undefined) return mark;
  }
  return undefined;
}

async function readObjects(
  name: string,
  text: () => AsyncIterable<string>,
  options: SourceOptions,
): Promise<RecordSource> {
  const { format, description, records } = await readJson(name, text, options);
  const { first, all } = await takeFirst(records, SAMPLE_RECORDS);
  const columns = membersOf(first.flatMap((item) => (item.kind === "record" ? [item.cells] : [])));
  const repeated = new Map<string, number[]>();
  return { format, origin: "objects", description, columns, repeated, records: all };
}

export function membersOf(objects: readonly object[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}
