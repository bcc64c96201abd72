/**
 * `npm run codegen`: writes convex/_generated with the stock Convex CLI against a local backend, so
 * it needs no account. `--check` fails when the files in the tree are not what would be written.
 */
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { runCli } from "../local/push";
import { parseCommandLine } from "./commandLine";
import { projectRoot, startBackendProcess } from "./demo/backendProcess";
import { freePort } from "./demo/ports";
import { Failure, runCommand } from "./failure";

const generated = join(projectRoot, "convex/_generated");

/** File name → content. */
async function generatedFiles(): Promise<Map<string, string>> {
  const names = await readdir(generated).catch(() => []);
  const files = names.sort().map(async (name) => {
    return [name, await readFile(join(generated, name), "utf8")] as const;
  });
  return new Map(await Promise.all(files));
}

/** Generated files that git does not have, or has differently. */
async function uncommitted(): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    "git",
    ["status", "--porcelain", "--untracked-files=all", "--", "convex/_generated"],
    { cwd: projectRoot },
  );
  return stdout.split("\n").filter((line) => line !== "");
}

await runCommand(async () => {
  const { values } = parseCommandLine(
    process.argv.slice(2),
    { check: { type: "boolean" } } as const,
    "npm run codegen -- [--check]",
  );
  const before = await generatedFiles();
  const [port, sitePort] = [await freePort(), await freePort()];
  const backend = await startBackendProcess({ port, sitePort });
  try {
    await runCli(backend, ["codegen", "--typecheck", "disable"], { cwd: projectRoot });
  } finally {
    await backend.stop();
  }
  const after = await generatedFiles();
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  process.stdout.write(
    changed.length === 0
      ? "convex/_generated is up to date\n"
      : `convex/_generated: ${changed.join(", ")} written\n`,
  );
  if (values.check !== true) return;
  if (changed.length > 0)
    throw new Failure("GeneratedStale", `convex/_generated was out of date: ${changed.join(", ")}`);
  const open = await uncommitted();
  if (open.length > 0)
    throw new Failure(
      "GeneratedUncommitted",
      `convex/_generated is not committed:\n${open.join("\n")}`,
    );
});
