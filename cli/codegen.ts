/**
 * `npm run codegen`: writes `_generated` of the app, of its component and of the apps that tests push, with
 * the stock Convex CLI against a local backend, so it needs no account. `--check` fails when the files in
 * the tree are not what would be written.
 */
import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { runCli, setIdentity } from "../local/push.js";
import { parseCommandLine } from "./commandLine.js";
import { projectRoot, startBackendProcess } from "./demo/backendProcess.js";
import { freePort } from "./demo/ports.js";
import { Failure, runCommand } from "./failure.js";

const apps = [
  { cwd: ".", folders: ["convex/_generated", "convex/components/rollups/_generated"] },
  {
    cwd: "tests/conformance/fixture",
    folders: ["convex/_generated", "convex/counter/_generated"],
  },
  { cwd: "tests/contention/fixtures/aggregateApp", folders: ["convex/_generated"] },
  { cwd: "tests/contention/fixtures/orderApp", folders: ["convex/_generated"] },
  { cwd: "tests/local/fixtures/app", folders: ["convex/_generated"] },
];
const folders = apps.flatMap(({ cwd, folders }) => folders.map((folder) => join(cwd, folder)));

/** Path → content. */
async function generatedFiles(): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const folder of folders) {
    for (const name of await readdir(join(projectRoot, folder)).catch(() => [])) {
      const path = `${folder}/${name}`;
      contents.set(path, await readFile(join(projectRoot, path), "utf8"));
    }
  }
  return contents;
}

/** Generated files that git does not have, or has differently. */
async function uncommitted(): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    "git",
    ["status", "--porcelain", "--untracked-files=all", "--", ...folders],
    { cwd: projectRoot },
  );
  return stdout.split("\n").filter((line) => line !== "");
}

/** An app on a backend of its own. */
async function generate(cwd: string): Promise<void> {
  const [port, sitePort] = [await freePort(), await freePort()];
  const backend = await startBackendProcess({ port, sitePort });
  try {
    await setIdentity(backend);
    await runCli(backend, ["codegen", "--typecheck", "disable"], { cwd });
  } finally {
    await backend.stop();
  }
}

await runCommand(async () => {
  const { values } = parseCommandLine(
    process.argv.slice(2),
    { check: { type: "boolean" } } as const,
    "npm run codegen -- [--check]",
  );
  const before = await generatedFiles();
  for (const { cwd } of apps) await generate(join(projectRoot, cwd));
  const after = await generatedFiles();
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  process.stdout.write(
    changed.length === 0 ? "_generated is up to date\n" : `${changed.join(", ")} written\n`,
  );
  if (values.check !== true) return;
  if (changed.length > 0)
    throw new Failure("GeneratedStale", `_generated was out of date: ${changed.join(", ")}`);
  const open = await uncommitted();
  if (open.length > 0)
    throw new Failure("GeneratedUncommitted", `_generated is not committed:\n${open.join("\n")}`);
});
