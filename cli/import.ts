/** `npm run import`: brings a file of viewing history or stock movements into a tenant. */
import { progress as bar } from "@clack/prompts";
import { clientFor } from "./import/deployment.js";
import { runCommand } from "./failure.js";
import { importFile, type FileReport } from "./import/importFile.js";
import { readImportCommand } from "./import/importOptions.js";
import { describeColumns } from "./import/importReport.js";
import { openLookup } from "./import/lookup.js";
import { fileOptions, prepareFile } from "./import/prepareFile.js";
import { Rejects } from "./records/rejects.js";
import { describeImport, mustHaveStored } from "./records/report.js";
import { openSending } from "./import/sending.js";
import { recogniseFile } from "./import/identity/recognise.js";

async function main(): Promise<void> {
  const command = readImportCommand(process.argv.slice(2));
  const { definition } = command;
  const lookup =
    command.lookup && (await openLookup(command.lookup.file, command.lookup.key, command.encoding));
  const options = fileOptions(command, lookup);
  const client = command.dryRun ? undefined : await clientFor(command);
  const { send, known, startedAt } = await openSending(client, command);
  const rejects = await Rejects.open(command.rejects);
  const reports: FileReport[] = [];
  try {
    for (const path of command.files) {
      const file = await prepareFile(path, options);
      const { source } = command;
      const former = known && (await recogniseFile(file, { definition, lookup, source, known }));
      process.stdout.write(`${describeColumns(file, definition, former?.says)}\n`);
      const { identifiedBy } = former ?? {};
      const sending = {
        ...command,
        lookup,
        send,
        startedAt,
        rejects,
        identifiedBy,
        output: { bar },
      };
      reports.push(await importFile(file, sending));
    }
  } finally {
    await rejects.close();
    if (reports.length > 0 || rejects.count > 0)
      process.stdout.write(`${describeImport(reports, rejects)}\n`);
  }
  mustHaveStored(reports, rejects);
}

await runCommand(main);
