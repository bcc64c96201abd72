/** The package as it would be published: what is in it, how large it is, and that every entry resolves. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const bin = (name: string) => join(root, "node_modules/.bin", name);

const { tarball } = inject("packed");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "package-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// 6 kB of it are locks and tokens of embeds: what they check, what callers are told, and their types. 16 kB are the
// server for agents: tools with their schemas, the protocol, and the nearest question. 10 kB are exports: pages of one commit,
// three formats, changes since a former file, and archives, which bring the evaluator into the command.
// 14 kB are the gateway with its layers of kept answers.
test("it is at most 398 kB, and holds nothing but what an app needs", async () => {
  expect((await stat(tarball)).size).toBeLessThanOrEqual(398_000);
  const { stdout } = await run("tar", ["tzf", tarball]);
  const rooms = stdout
    .trim()
    .split("\n")
    .map((file) => file.split("/").slice(1, 3).join("/"));
  expect(new Set(rooms)).toEqual(
    new Set([
      ...["LICENSE", "README.md", "package.json"],
      ...["dist/cli", "dist/convex", "dist/eslint", "dist/lib", "dist/shared", "dist/src"],
    ]),
  );
  expect(stdout).not.toMatch(/dashboard|\.test\.|\.tsx?$(?<!\.d\.ts)(?<!src\/test\/index\.ts)/m);
});

test("publint finds nothing", async () => {
  const { stdout } = await run(bin("publint"), [root, "--strict"]);
  expect(stdout).toContain("All good!");
});

test("every entry resolves for bundlers and for Node, with its types", async () => {
  // It exits with an error where an entry does not resolve from an ES module.
  const { stdout } = await run(bin("attw"), [tarball, "--profile", "esm-only", "--format", "json"]);
  const { analysis } = JSON.parse(stdout) as {
    analysis: { entrypoints: Record<string, { resolutions: Record<string, object> }> };
  };
  expect(Object.keys(analysis.entrypoints)).toEqual(
    expect.arrayContaining([".", "./react", "./test", "./convex.config", "./eslint"]),
  );
  for (const { resolutions } of Object.values(analysis.entrypoints)) {
    expect(resolutions["bundler"]).toHaveProperty("resolution.fileName");
    expect(resolutions["node16-esm"]).toHaveProperty("resolution.fileName");
  }
});

test("an export as Parquet says what to install, before it asks anything", async () => {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "convex-rollups"), { recursive: true });
  await run("tar", ["xzf", tarball, "-C", join(modules, "convex-rollups"), "--strip-components=1"]);
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of ["convex", ...Object.keys(manifest.dependencies)]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
  const words = ["--query", "{}", "--out", join(folder, "a"), "--url", "http://0.0.0.0:1"];
  const command = join(modules, "convex-rollups/dist/cli/rollups/main.js");
  const exported = (format: string) =>
    run(process.execPath, [command, "export", format, ...words, "--token", "t"], {
      cwd: folder,
      timeout: 20_000,
    }).catch((error: { stderr: string }) => error);
  expect((await exported("parquet")).stderr).toMatch(
    /^NoParquet: .*hyparquet-writer[^]*npm install --save-dev hyparquet-writer hyparquet/,
  );
});

test("its command says what it can do", async () => {
  const { stdout } = await run(process.execPath, [join(root, "dist/cli/rollups/main.js"), "help"]);
  expect(stdout).toContain("npx convex-rollups init");
});

test("its command reads a model of Cube outside of any app", async () => {
  const model = join(folder, "orders.yml");
  await writeFile(
    model,
    "cubes: [{ name: orders, sql_table: orders, measures: [{ name: count, type: count }] }]",
  );
  const command = join(root, "dist/cli/rollups/main.js");
  const { stdout } = await run(process.execPath, [command, "import-model", model], { cwd: folder });
  expect(stdout).toContain(`measures: { count: { type: "count" } }`);
});
