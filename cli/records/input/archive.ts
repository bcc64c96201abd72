/** Which file of a zip archive is meant: the only table, or the one that its start shows to be meant. */
import { Failure } from "../../failure.js";
import { listEntries, type ZipEntry } from "./zip.js";

/** How much of a file shows what it is. */
const HEAD_BYTES = 256 * 1024;

const dataFile = /\.(?:csv|tsv|txt|json|ndjson|jsonl|html?)$/i;
/** Files of a workbook or document that is a zip itself. */
const workbook = /^(?:\[Content_Types\]\.xml|mimetype|content\.xml)$/;

export interface ArchiveOptions {
  /** The file that the user names. */
  entry: string | undefined;
  /** The table of the app; a snapshot export of Convex has its rows under this name. */
  table: string;
  /** Whether the start of a file shows that it is the one, whatever its name. */
  isMeant?: ((head: string) => boolean) | undefined;
}

/** The name of the file to read. Several that may be meant are refused with their list. */
export async function chooseEntry(
  path: string,
  { entry, table, isMeant }: ArchiveOptions,
): Promise<string> {
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
  const histories = files.filter(({ head }) => isMeant?.(head.toString("utf8")));
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
