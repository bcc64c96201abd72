/** Imports a text as a file, as the command does, and keeps the rows that would be sent. */
import { readFile } from "node:fs/promises";
import { importFile, type FileReport } from "../../cli/import/importFile.js";
import { readImportCommand } from "../../cli/import/importOptions.js";
import { describeColumns } from "../../cli/import/importReport.js";
import { openLookup } from "../../cli/import/lookup.js";
import { fileOptions, prepareFile } from "../../cli/import/prepareFile.js";
import { Rejects } from "../../cli/records/rejects.js";
import type { Row } from "../../cli/import/rowBuilder.js";
import { scratchDirectory } from "./support.js";

export interface Imported {
  rows: Row[];
  /** Row and code of every refusal, in file order. */
  refused: [row: number, code: string][];
  /** Texts of the refusals: message and raw record. */
  reasons: { message: string; raw: string }[];
  report: FileReport;
  /** What is said before the first row is sent. */
  columns: string;
}

/** The present of these tests. */
export const NOW = Date.UTC(2026, 10, 28);

const silent = { write: () => true } as unknown as NodeJS.WriteStream;

/** `args`: the cube and options of the command line. `lookup`: the content of a second file. */
export async function importText(
  content: string | Uint8Array,
  args: readonly string[],
  lookupContent?: string,
): Promise<Imported> {
  const scratch = await scratchDirectory();
  try {
    const path = await scratch.write("file", content);
    const [cube = "", ...options] = args;
    const files =
      lookupContent === undefined ? [] : ["--lookup", await scratch.write("lookup", lookupContent)];
    const command = readImportCommand([cube, path, ...options, ...files], NOW);
    const lookup = command.lookup && (await openLookup(command.lookup.file, command.lookup.key));
    const file = await prepareFile(path, fileOptions(command, lookup));
    const rejects = await Rejects.open(scratch.path("rejects"));
    const rows: Row[] = [];
    const report = await importFile(file, {
      ...command,
      ...{ lookup, rejects, output: { stream: silent } },
      async send(sent) {
        rows.push(...sent.map(({ key: _, ...row }) => row));
        return { accepted: sent.length, rejected: [] };
      },
    });
    await rejects.close();
    const lines = (await readFile(scratch.path("rejects"), "utf8")).split("\n").slice(0, -1);
    const found = lines
      .map(
        (line) => JSON.parse(line) as { row: number; code: string; message: string; raw: string },
      )
      .sort((a, b) => a.row - b.row);
    return {
      ...{ rows, report, columns: describeColumns(file, command.definition, undefined) },
      refused: found.map(({ row, code }) => [row, code]),
      reasons: found.map(({ message, raw }) => ({ message, raw })),
    };
  } finally {
    await scratch.remove();
  }
}
