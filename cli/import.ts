/** `npm run import`: brings a file of viewing history or stock movements into a tenant. */
import { BackendClient } from "./backendClient";
import { ensureMember, ensureTenant, findBackend, mintToken } from "./connection";
import { Failure, runCommand } from "./failure";
import type { BatchResult } from "./import/batchSender";
import { importFile, prepareFile, type FileReport, type ImportOptions } from "./import/importFiles";
import { readImportCommand, type ImportCommand } from "./import/importOptions";
import { describeImport } from "./import/importReport";
import { openLookup } from "./import/lookup";
import { Rejects } from "./import/rejects";

/** Long enough for any file; the local backend's tokens are for development only. */
const tokenSeconds = 12 * 3600;

async function clientFor(command: ImportCommand): Promise<BackendClient> {
  const { credentials, url, tenant } = command;
  if (credentials.kind === "token") return new BackendClient(url, { token: credentials.token });
  const connection = await findBackend(url);
  if (credentials.kind === "admin")
    return new BackendClient(url, {
      adminKey: connection.adminKey,
      actingAs: await importer(connection, tenant),
    });
  const subject = await importer(connection, tenant);
  const token = await mintToken(connection, { subject, expiresInSeconds: tokenSeconds });
  return new BackendClient(url, { token });
}

/** A service member of the tenant, made when missing. */
async function importer(
  connection: Awaited<ReturnType<typeof findBackend>>,
  tenantId: string,
): Promise<string> {
  const subject = "importer";
  await ensureTenant(connection, { tenantId });
  await ensureMember(connection, { tenantId, subject, role: "service" });
  return subject;
}

async function main(): Promise<void> {
  const command = readImportCommand(process.argv.slice(2));
  const { definition, tenant } = command;
  const lookup =
    command.lookup && (await openLookup(command.lookup.file, command.lookup.key, command.encoding));
  const client = command.dryRun ? undefined : await clientFor(command);
  const rejects = await Rejects.open(command.rejects);
  const options: ImportOptions = {
    ...command.row,
    ...command,
    lookup,
    rejects,
    send: async (rows) =>
      client === undefined
        ? { accepted: rows.length, rejected: [] }
        : await client.mutation<BatchResult>(definition.mutation, { tenantId: tenant, rows }),
  };
  const reports: FileReport[] = [];
  try {
    for (const path of command.files)
      reports.push(await importFile(await prepareFile(path, options), options));
  } finally {
    await rejects.close();
    if (reports.length > 0 || rejects.count > 0)
      process.stdout.write(`${describeImport(reports, rejects, lookup)}\n`);
  }
  if (reports.every((report) => report.accepted === 0) && rejects.count > 0)
    throw new Failure("NothingAccepted", "Every row was rejected; check --map and --date-order.");
}

await runCommand(main);
