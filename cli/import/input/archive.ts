/** Which file of a zip archive is meant: a viewing history by its structure, or the only table. */
import { Failure } from "../../failure.js";
import { isWatchHistory } from "../takeout/structure.js";
import { listEntries, type ZipEntry } from "./zip.js";

/** How much of a file shows what it is. */
const HEAD_BYTES = 256 * 1024;

const dataFile = /\.(?:csv|tsv|txt|json|ndjson|jsonl|html?)$/i;
/** Files of a workbook or document that is a zip itself. */
const workbook = /^(?:\[Content_Types\]\.xml|mimetype|content\.xml)$/;

export interface ArchiveOptions {
  /** The file that the user names. */
  entry: string | undefined;
  /** The table that a Convex snapshot export of our own rows is named after. */
  table: string;
}

/**
 * The name of the file to read. A Takeout archive holds one viewing history, under a name in the
 * language of its account. Several that may be meant are refused with their list.
 */
export async function chooseEntry(path: string, { entry, table }: ArchiveOptions): Promise<string> {
  const entries = await listEntries(path, (name) => dataFile.test(name), HEAD_BYTES);
  if (entry !== undefined) {
    if (entries.some(({ name }) => name === entry)) return entry;
    throw notOne("UnknownEntry", `${path} has no file "${entry}"`, entries);
  }
  if (entries.some(({ name }) => workbook.test(name))) {
    throw new Failure("NotText", `${path} is a workbook: save its sheet as CSV.`);
  }
  const files = entries.filter(({ name }) => dataFile.test(name));
  const own = files.filter(({ name }) => name.endsWith(`${table}/documents.jsonl`));
  const histories = files.filter(({ head }) => isWatchHistory(head.toString("utf8")));
  const [chosen, ...others] = [own, histories, files].find((list) => list.length > 0) ?? [];
  if (chosen !== undefined && others.length === 0) return chosen.name;
  const what =
    chosen === undefined ? "no file of rows" : `${others.length + 1} files that may be meant`;
  throw notOne("AmbiguousArchive", `${path} holds ${what}`, chosen ? [chosen, ...others] : entries);
}

function notOne(code: string, message: string, entries: readonly ZipEntry[]): Failure {
  const names = entries.map(({ name }) => name);
  return new Failure(code, `${message}.`, `Name one with --entry: ${names.join(", ")}`);
}
