/** Lint, and so `npm run check`, names every builder in `convex/` that captures nothing. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const oxlint = join(root, "node_modules/oxlint/bin/oxlint");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lint-"));
  const config = JSON.parse(await readFile(join(root, ".oxlintrc.json"), "utf8"));
  // The files of this test are in no project, so there are no types to look up.
  const text = JSON.stringify({ ...config, options: { typeAware: false } });
  await writeFile(join(folder, ".oxlintrc.json"), text);
});
afterAll(async () => await rm(folder, { recursive: true }));

interface Diagnostic {
  code: string;
  message: string;
  help: string;
  labels: { span: { line: number } }[];
}

/** What oxlint objects to, in the folder. It ends with status 1 where that is anything. */
async function lint(): Promise<Diagnostic[]> {
  const stdout = await new Promise<string>((done) => {
    execFile(process.execPath, [oxlint, "--format", "json"], { cwd: folder }, (_, text) =>
      done(text),
    );
  });
  return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
}

/** Lines and names that lint objects to, of a file with one import on its second line. */
async function foundIn(path: string, line: string): Promise<[number, string][]> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `/** An app's own functions. */\n${line}\n`);
  const diagnostics = await lint();
  await rm(file);
  return diagnostics
    .filter(({ code }) => code === "eslint(no-restricted-imports)")
    .map(({ message, help, labels }) => {
      expect(help).toContain("Use the builders of convex/functions.ts");
      return [labels[0]!.span.line, /'(\w+)' import/.exec(message)?.[1] ?? ""];
    });
}

describe("a builder that captures nothing", () => {
  test.each([
    ["convex/notes.ts", 'import { mutation } from "./_generated/server";', "mutation"],
    [
      "convex/rooms/notes.ts",
      'import { internalMutation as write } from "../_generated/server";',
      "internalMutation",
    ],
    ["convex/notes.ts", 'import { query } from "./_generated/server.js";', "query"],
    ["convex/notes.ts", 'export { mutation } from "./_generated/server";', "mutation"],
    ["convex/notes.ts", 'import { mutationGeneric } from "convex/server";', "mutationGeneric"],
  ])("is named in %s: %s", async (path, line, builder) => {
    expect(await foundIn(path, line)).toEqual([[2, builder]]);
  });

  test("is named where it comes with everything of its module", async () => {
    for (const from of ["./_generated/server", "convex/server"]) {
      const found = await foundIn("convex/notes.ts", `import * as server from "${from}";`);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every(([line]) => line === 2)).toBe(true);
    }
  });
});

test.each([
  ["convex/notes.ts", 'import type { MutationCtx } from "./_generated/server";'],
  ["convex/notes.ts", 'import { httpAction } from "./_generated/server";'],
  ["convex/notes.ts", 'import { tenantMutation } from "./functions";'],
  ["convex/functions.ts", 'import { mutation } from "./_generated/server";'],
])("lint lets %s have %s", async (path, line) => {
  expect(await foundIn(path, line)).toEqual([]);
});
