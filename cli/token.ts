/**
 * `npm run --silent token -- --user ann --tenant acme --role editor`: one line, a JWT that the
 * running local backend accepts, and no other deployment does. The tenant and the membership are made
 * when missing.
 */
import { badUsage, parseCommandLine } from "./commandLine.js";
import {
  defaultUrl,
  ensureMember,
  ensureTenant,
  findBackend,
  mintToken,
  roles,
} from "./connection.js";
import { runCommand } from "./failure.js";

const usage = `npm run --silent token -- --user NAME --tenant SLUG --role ${roles.join("|")} [--url ${defaultUrl}]
For the local backend only: any other deployment takes tokens of its own identity provider.`;

const tokenSeconds = 12 * 3600;

await runCommand(async () => {
  const one = { type: "string" } as const;
  const { values, positionals } = parseCommandLine(
    process.argv.slice(2),
    { user: one, tenant: one, role: one, url: one },
    usage,
  );
  if (positionals.length > 0) throw badUsage(`"${positionals[0]}" is not understood.`, usage);
  const subject = values.user ?? "dev";
  const tenantId = values.tenant ?? "acme";
  const role = roles.find((name) => name === (values.role ?? "editor"));
  if (role === undefined) throw badUsage(`--role is one of ${roles.join(", ")}.`, usage);
  const connection = await findBackend((values.url ?? defaultUrl).replace(/\/$/, ""));
  await ensureTenant(connection, { tenantId });
  await ensureMember(connection, { tenantId, subject, role });
  const request = { subject, name: subject, expiresInSeconds: tokenSeconds };
  process.stdout.write(`${await mintToken(connection, request)}\n`);
});
