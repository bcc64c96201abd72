/** `import`: brings files of records into a table of the app, each row once. */
import { basename } from "node:path";
import { Failure } from "../../failure.js";
import { Rejects } from "../../records/rejects.js";
import { describeImport, mustHaveStored, type FileReport } from "../../records/report.js";
import { openApp } from "../app/app.js";
import { readTables, type Table } from "../schema/tables.js";
import type { Terminal } from "../terminal.js";
import { readCommand, type ImportCommand } from "./command.js";
import { findDeployment } from "../deployment.js";
import { importFile } from "./importFile.js";
import { prepareFile } from "./prepareFile.js";
import { contentOf, dryRun, openSending } from "./sending.js";

export async function importRows(args: readonly string[], terminal: Terminal): Promise<void> {
  const command = readCommand(args);
  const app = openApp(terminal.cwd, command.dir);
  const table = tableOf(await readTables(app), command.table);
  const deployment = command.dryRun ? undefined : await findDeployment(app.root, command);
  const rejects = await Rejects.open(command.rejects);
  const reports: FileReport[] = [];
  try {
    for (const path of command.files) {
      const file = await prepareFile(path, table, command);
      terminal.say(`${file.description}\n`);
      const names = {
        ...{ content: await contentOf(path), name: command.source ?? basename(path) },
        ...{ reading: file.reading, scope: scopeOf(command), hasIds: command.id !== undefined },
      };
      const sending =
        deployment === undefined ? dryRun : await openSending(deployment, command, names);
      reports.push(await importFile(file, { ...command, sending, rejects }));
    }
  } finally {
    await rejects.close();
    if (reports.length > 0 || rejects.count > 0)
      terminal.say(`${describeImport(reports, rejects)}\n`);
  }
  mustHaveStored(reports, rejects);
}

/** What keeps imports of one file apart. */
function scopeOf({ table, set, source }: ImportCommand): string {
  return JSON.stringify([table, [...set].sort(), source ?? null]);
}

function tableOf(tables: readonly Table[], name: string): Table {
  const table = tables.find((one) => one.name === name);
  if (table !== undefined) return table;
  const names = tables.map((one) => one.name).join(", ");
  throw new Failure("UnknownTable", `The schema has no table "${name}".`, `Tables: ${names}`);
}
