/**
 * `npm run build`: writes `dist`, which is what the package holds. One file per
 * module, since paths are function names; the commands are bundled.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { build, transform } from "esbuild";
import { projectRoot } from "./demo/backendProcess.js";
import { Failure, runCommand } from "./failure.js";

const dist = join(projectRoot, "dist");

interface Manifest {
  exports: Record<string, string | { types: string; default?: string }>;
}

/** Types that a user's compiler sees: what the entries' types import, and nothing else. */
async function pruneTypes(): Promise<void> {
  const manifest = JSON.parse(
    await readFile(join(projectRoot, "package.json"), "utf8"),
  ) as Manifest;
  const entries = Object.values(manifest.exports).flatMap((entry) => {
    const path = typeof entry === "string" ? entry : entry.types;
    return path.startsWith("./dist/") ? [join(projectRoot, path)] : [];
  });
  const kept = new Set<string>();
  const open = [...entries];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (kept.has(path)) continue;
    kept.add(path);
    const text = await readFile(path, "utf8").catch(() => {
      throw new Failure(
        "BuildIncomplete",
        `${String(path)} is an entry of the package, and missing.`,
      );
    });
    for (const [, specifier = ""] of text.matchAll(/(?:from\s+|import\()"(\.[^"]+)\.js"/g)) {
      open.push(`${join(dirname(path), specifier)}.d.ts`);
    }
  }
  for (const file of await readdir(dist, { recursive: true })) {
    if (!file.endsWith(".d.ts")) continue;
    const path = join(dist, file);
    if (!kept.has(path)) await rm(path);
    else if (!isRead(file))
      await writeFile(path, (await readFile(path, "utf8")).replace(/ *\/\*\*[^]*?\*\/\n/g, ""));
  }
}

/** Types that people meet as they write their app. What these are made of needs no comments there. */
const isRead = (file: string): boolean =>
  /^(src|eslint|lib\/(model|query))\/|\/limits\//.test(file);

/** What is loaded as a whole or not at all, by its entries: as many files it would be a fifth of the package. */
const wholes = [
  /** The commands, which no app loads. */
  { entries: ["cli/rollups/main.js"], parts: ["cli", "lib/advisor", "lib/cubeModel"] },
  /** The class `Rollups`, which has all of it; the commands ask parts of it, too. */
  {
    entries: ["index", "cubes/catalogue", "cubes/completeCube", "cubes/heldValues"].map(
      (name) => `src/client/${name}.js`,
    ),
    parts: ["src/client"],
  },
  { entries: ["eslint/index.js"], parts: ["eslint"] },
];

/** One module of entries and their parts; what it loads on demand, and what others share, stays apart. */
async function bundleWhole({ entries, parts }: (typeof wholes)[number]): Promise<void> {
  const isPart = (path: string) => parts.some((part) => path.startsWith(`${part}/`));
  const { outputFiles } = await build({
    entryPoints: entries.map((entry) => join(dist, entry)),
    outbase: dist,
    outdir: dist,
    write: false,
    bundle: true,
    splitting: true,
    chunkNames: `${parts[0]}/[name]-[hash]`,
    format: "esm",
    platform: "node",
    target: "node20",
    minify: true,
    plugins: [
      {
        name: "parts-only",
        setup: ({ onResolve }) =>
          onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
            if (kind === "entry-point") return undefined;
            if (!path.startsWith(".")) return { path, external: true };
            const shared = relative(dist, join(dirname(importer), path)).replaceAll("\\", "/");
            return isPart(shared) ? undefined : { path: `dist:${shared}`, external: true };
          }),
      },
    ],
  });
  for (const part of parts) {
    for (const file of await readdir(join(dist, part), { recursive: true }))
      if (file.endsWith(".js")) await rm(join(dist, part, file));
  }
  for (const { path, text } of outputFiles) {
    const up = relative(dirname(path), dist).replaceAll("\\", "/") || ".";
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text.replaceAll('"dist:', `"${up}/`));
  }
}

/**
 * Modules without blanks and with short names of their own, which are a tenth of the package. What they export, and
 * properties, keep their names. Their sources are read in the repository.
 */
async function tightenModules(): Promise<void> {
  for (const file of await readdir(dist, { recursive: true })) {
    if (!file.endsWith(".js")) continue;
    const path = join(dist, file);
    const options = { target: "es2022", format: "esm", minify: true } as const;
    const { code } = await transform(await readFile(path, "utf8"), options);
    // Modules of types alone are loaded by nobody but the component's list of modules.
    if (code.trim() === "" && !file.startsWith("convex/")) await rm(path);
    else await writeFile(path, code);
  }
}

await runCommand(async () => {
  await rm(dist, { recursive: true, force: true });
  const tsc = join(projectRoot, "node_modules/.bin/tsc");
  const run = promisify(execFile);
  const compile = (...options: string[]) =>
    run(tsc, ["-p", "tsconfig.build.json", ...options], { cwd: projectRoot });
  // What people read of the package is its types: those that they meet keep their comments.
  await compile("--emitDeclarationOnly");
  await compile("--declaration", "false", "--removeComments");
  // Test runners transform TypeScript of packages, and with it the globs of other components.
  const test = join(dist, "src/test/index");
  await rm(`${test}.js`);
  await rm(`${test}.d.ts`);
  await cp(join(projectRoot, "src/test/index.ts"), `${test}.ts`);
  // Tables are the component's own affair; their types would be most of the package.
  await writeFile(
    join(dist, "convex/components/rollups/schema.d.ts"),
    'import type { GenericSchema, SchemaDefinition } from "convex/server";\n' +
      "declare const schema: SchemaDefinition<GenericSchema, boolean>;\nexport default schema;\n",
  );
  await pruneTypes();
  for (const whole of wholes) await bundleWhole(whole);
  await tightenModules();
  const files = await readdir(dist, { recursive: true });
  process.stdout.write(`dist: ${files.length} files\n`);
});
