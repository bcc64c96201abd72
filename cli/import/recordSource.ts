/** From an opened file to records: finds out the format by its first character and reads it. */
import { Failure } from "../failure.js";
import type { CsvOptions } from "./csv/dialect.js";
import { readTable } from "./csv/table.js";
import { takeFirst } from "./input/firstItems.js";
import type { OpenedFile } from "./input/openFile.js";
import { readJson } from "./json/readJson.js";
import { isOwnExport, readOwnExport } from "./ownExport.js";
import type { RecordSource } from "./record.js";
import { historyColumns, readHistory } from "./takeout/history.js";
import { readHistoryHtml } from "./takeout/html.js";
import { isActivity } from "./takeout/structure.js";

export interface SourceOptions extends CsvOptions {
  /** The JSON array that holds the rows, as `data.items`. */
  rows: string | undefined;
  /** How a watch reads in the language of a Takeout history, as `Watched *`. */
  watched: string | undefined;
  /** Whether a file may be a viewing history. */
  histories: boolean;
  /** Whether columns are declared: then JSON objects are rows, whatever they look like. */
  mapped: boolean;
  tenantId: string;
  /** How many fields these columns would feed. */
  fieldsIn(columns: readonly string[]): number;
  /** Whether these columns would feed every required field. */
  isRow(columns: readonly string[]): boolean;
}

/** Records that show what a file holds. */
const SAMPLE_RECORDS = 1000;

/** `[` or `{` starts JSON, `<` a history in HTML; all else is CSV, and what is declared to be. */
export async function readRecords(
  { name, text }: Pick<OpenedFile, "name" | "text">,
  options: SourceOptions,
): Promise<RecordSource> {
  const mark = await firstCharacter(text());
  if (mark === undefined) throw new Failure("EmptyFile", `${name} holds nothing.`);
  const isTable = options.delimiter !== undefined || options.skipLines > 0 || !options.header;
  if (!isTable && (mark === "[" || mark === "{")) return await readObjects(name, text, options);
  if (!isTable && mark === "<") return await readHtml(name, text(), options);
  return await readTable(name, text(), options, options.fieldsIn);
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
  const source = await readJson(name, text, options);
  const { first, all } = await takeFirst(source.records, SAMPLE_RECORDS);
  const objects = first.flatMap((item) => (item.kind === "record" ? [item.cells] : []));
  const [head] = objects;
  const { format } = source;
  const repeated = new Map<string, number[]>();
  if (head !== undefined && isOwnExport(head)) {
    const records = readOwnExport(all, options.tenantId);
    const columns = membersOf(objects).filter(
      (member) => member !== "tenantId" && !member.startsWith("_"),
    );
    const description = "our own rows, as a Convex export";
    return { format, origin: "ownExport", description, columns, repeated, records };
  }
  if (options.histories && !options.mapped && head !== undefined && isActivity(head)) {
    const records = readHistory(all, first, options.watched);
    const description = "a viewing history of Takeout";
    return { format, origin: "takeout", description, columns: historyColumns, repeated, records };
  }
  const columns = membersOf(objects);
  const { description } = source;
  return { format, origin: "objects", description, columns, repeated, records: all };
}

async function readHtml(
  name: string,
  text: AsyncIterable<string>,
  options: SourceOptions,
): Promise<RecordSource> {
  const { first, all } = await takeFirst(readHistoryHtml(text), SAMPLE_RECORDS);
  if (first.length === 0 || !options.histories) {
    throw new Failure(
      "NotText",
      `${name} is a web page, and no viewing history.`,
      "Export the data as CSV or JSON.",
    );
  }
  return {
    ...{ format: "html", origin: "takeout", description: "a viewing history of Takeout" },
    ...{ columns: historyColumns, repeated: new Map() },
    records: readHistory(all, first, options.watched),
  };
}

function membersOf(objects: readonly object[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}
