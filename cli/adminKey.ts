/** `npm run --silent admin-key [-- --url URL]`: the running local backend's admin key, for the Convex CLI. */
import { parseCommandLine } from "./commandLine.js";
import { defaultUrl, findBackend } from "./connection.js";
import { runCommand } from "./failure.js";

await runCommand(async () => {
  const usage = `npm run --silent admin-key -- [--url ${defaultUrl}]`;
  const { values } = parseCommandLine(
    process.argv.slice(2),
    { url: { type: "string" } } as const,
    usage,
  );
  const { adminKey } = await findBackend((values.url ?? defaultUrl).replace(/\/$/, ""));
  process.stdout.write(`${adminKey}\n`);
});
