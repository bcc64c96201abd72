/** Files that the reference app knows besides tables and objects: viewing histories, and exports of its own rows. */
import { takeFirst } from "../records/input/firstItems.js";
import type { OpenedFile } from "../records/input/openFile.js";
import type { RecordSource } from "../records/record.js";
import {
  membersOf,
  readSource,
  refusePage,
  SAMPLE_RECORDS,
  type SourceOptions as AnySourceOptions,
} from "../records/source.js";
import { isOwnExport, readOwnExport } from "./ownExport.js";
import { historyColumns, readHistory } from "./takeout/history.js";
import { readHistoryHtml } from "./takeout/html.js";
import { isActivity } from "./takeout/structure.js";

export interface SourceOptions extends AnySourceOptions {
  /** How a watch reads in the language of a Takeout history, as `Watched *`. */
  watched: string | undefined;
  /** Whether a file may be a viewing history. */
  histories: boolean;
  /** Whether columns are declared: then JSON objects are rows, whatever they look like. */
  mapped: boolean;
  tenantId: string;
}

export async function readRecords(
  file: Pick<OpenedFile, "name" | "text">,
  options: SourceOptions,
): Promise<RecordSource> {
  const source = await readSource(file, options, (name, text) => readPage(name, text, options));
  if (source.origin !== "objects") return source;
  const { first, all } = await takeFirst(source.records, SAMPLE_RECORDS);
  const objects = first.flatMap((item) => (item.kind === "record" ? [item.cells] : []));
  const [head] = objects;
  if (head !== undefined && isOwnExport(head)) {
    const columns = membersOf(objects).filter(
      (member) => member !== "tenantId" && !member.startsWith("_"),
    );
    const description = "our own rows, as a Convex export";
    const records = readOwnExport(all, options.tenantId);
    return { ...source, origin: "ownExport", description, columns, records };
  }
  if (options.histories && !options.mapped && head !== undefined && isActivity(head)) {
    const records = readHistory(all, first, options.watched);
    const description = "a viewing history of Takeout";
    return { ...source, origin: "takeout", description, columns: historyColumns, records };
  }
  return { ...source, records: all };
}

async function readPage(
  name: string,
  text: AsyncIterable<string>,
  options: SourceOptions,
): Promise<RecordSource> {
  const { first, all } = await takeFirst(readHistoryHtml(text), SAMPLE_RECORDS);
  if (first.length === 0 || !options.histories) return await refusePage(name);
  return {
    ...{ format: "html", origin: "takeout", description: "a viewing history of Takeout" },
    ...{ columns: historyColumns, repeated: new Map() },
    records: readHistory(all, first, options.watched),
  };
}
