/**
 * `npm run build`: writes `dist`, which is what the package holds. Functions of the component and modules of hooks have a
 * file each; what they share is joined. Sources are read in the repository.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { build, transform, type OnResolveArgs } from "esbuild";
import { projectRoot } from "./demo/backendProcess.js";
import { Failure, runCommand } from "./failure.js";

const dist = join(projectRoot, "dist");

interface Manifest {
  exports: Record<string, string | { types: string; default?: string }>;
  bin: Record<string, string>;
}

async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(projectRoot, "package.json"), "utf8")) as Manifest;
}

/** Types that a user's compiler sees: what the entries' types import, and nothing else. */
async function pruneTypes(): Promise<void> {
  const { exports } = await readManifest();
  const entries = Object.values(exports).flatMap((entry) => {
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
    else {
      const text = await readFile(path, "utf8");
      const kept = isRead(file) ? text : text.replace(/ *\/\*\*[^]*?\*\/\n/g, "");
      await writeFile(path, kept.replace(/^ +(?!\*)/gm, ""));
    }
  }
}

/** Types that people meet as they write their app. What these are made of needs no comments there. */
const isRead = (file: string): boolean =>
  /^(src|eslint|lib\/(model|query))\/|\/limits\//.test(file) && !isOfTypesOnly.test(file);

/** What those are made of. */
const isOfTypesOnly =
  /\/(normalizedQuery|fact|operators|storeRegistry|catalogue|heldValues|functions|tenants|cubesOf)\.d\.ts$/;

const component = "convex/components/rollups";

/** Modules that stay as they are: the bundler of an app takes from them what a page uses. */
const isApart = (file: string): boolean =>
  file.startsWith("src/react/") || file.startsWith("src/test/");

/** Parts of the hooks that no page loads in pieces, and what else is of them alone. */
const wholeParts: readonly { entry: string; own: RegExp }[] = [
  {
    entry: "src/react/useAggregate.js",
    own: /^src\/react\/(answer|use(Client|Held|Rollup)Outcome)\./,
  },
  { entry: "src/react/RollupsProvider.js", own: /^src\/react\/Boards\./ },
  { entry: "src/react/fallback/index.js", own: /^src\/react\/fallback\// },
  { entry: "src/react/held/index.js", own: /^src\/react\/held\// },
  {
    entry: "src/react/prefetch/index.js",
    own: /^(src\/react|lib)\/prefetch\/|^lib\/(cost\/prices|rollout\/questionKey|time\/civil)\./,
  },
];

/** A file for each of them; what it imports of others it imports as before. */
async function joinWholeParts(): Promise<void> {
  for (const { entry, own } of wholeParts) {
    const outside = ({ path, resolveDir, kind }: OnResolveArgs) => {
      const file = relative(dist, join(resolveDir, path)).replaceAll("\\", "/");
      // Code that is fetched when it is needed stays so.
      if (kind === "entry-point" || (kind === "import-statement" && own.test(file))) return;
      const from = relative(dirname(entry), file).replaceAll("\\", "/");
      return { path: from.startsWith(".") ? from : `./${from}`, external: true };
    };
    const { outputFiles } = await build({
      entryPoints: [join(dist, entry)],
      write: false,
      bundle: true,
      packages: "external",
      plugins: [
        { name: "outside", setup: ({ onResolve }) => onResolve({ filter: /^\./ }, outside) },
      ],
      format: "esm",
      target: "es2022",
    });
    for (const file of await modulesIn("src/react")) {
      if (own.test(`src/react/${file}`)) await rm(join(dist, "src/react", file));
    }
    for (const { text } of outputFiles) await writeFile(join(dist, entry), text);
  }
}

/** What is loaded by its path: what the manifest names, and the component's functions, whose names are their paths. */
async function loadedByPath(): Promise<string[]> {
  const { exports, bin } = await readManifest();
  const named = Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? entry : (entry.default ?? []),
  );
  const entries = [...named, ...Object.values(bin)]
    .map((path) => path.replace(/^\.\/dist\//, ""))
    .filter((path) => path.endsWith(".js") && !isApart(path));
  const isOfConvex = (file: string) => /^(?:_generated\/|schema\.js|crons\.js)/.test(file);
  for (const file of await modulesIn(component)) {
    if (entries.includes(`${component}/${file}`)) continue;
    if (isOfConvex(file) || (await hasFunctions(file))) entries.push(`${component}/${file}`);
  }
  return [...new Set(entries)];
}

async function hasFunctions(file: string): Promise<boolean> {
  const module = (await import(join(dist, component, file))) as Record<string, unknown>;
  return Object.values(module).some(
    (value) => typeof value === "function" && "exportArgs" in value,
  );
}

async function modulesIn(folder: string): Promise<string[]> {
  const files = await readdir(join(dist, folder), { recursive: true });
  return files.map((file) => file.replaceAll("\\", "/")).filter((file) => file.endsWith(".js"));
}

/** What modules that stay apart import of the others. */
async function importedApart(): Promise<string[]> {
  const found = new Set<string>();
  for (const file of (await modulesIn(".")).filter((file) => file.startsWith("src/react/"))) {
    const text = await readFile(join(dist, file), "utf8");
    for (const [, path = ""] of text.matchAll(/["'](\.[^"']+\.js)["']/g)) {
      const imported = relative(dist, join(dist, dirname(file), path)).replaceAll("\\", "/");
      if (!isApart(imported)) found.add(imported);
    }
  }
  return [...found];
}

/**
 * Joins modules that the same entries load, as a push to Convex does anyway: each file of a package costs, and names
 * between modules do.
 */
async function joinModules(): Promise<void> {
  const entries = new Set([...(await loadedByPath()), ...(await importedApart())]);
  const { outputFiles } = await build({
    entryPoints: [...entries].map((entry) => join(dist, entry)),
    outbase: dist,
    outdir: dist,
    write: false,
    bundle: true,
    splitting: true,
    chunkNames: "shared/[hash]",
    packages: "external",
    format: "esm",
    platform: "node",
    target: "es2022",
    minify: true,
    logOverride: { "ignored-bare-import": "silent" },
  });
  for (const file of await modulesIn(".")) if (!isApart(file)) await rm(join(dist, file));
  for (const { path, text } of withShortNames(outputFiles)) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

interface Written {
  path: string;
  text: string;
}

/**
 * Joined files by short names: each mention of a hash costs, and there are thousands. Imports of nothing go, which keep
 * modules in order that have effects when they are evaluated: none of ours has.
 */
function withShortNames(files: readonly Written[]): Written[] {
  const shared = join(dist, "shared/");
  const hashOf = ({ path }: Written) => path.slice(shared.length, -".js".length);
  const hashes = files
    .filter(({ path }) => path.startsWith(shared))
    .sort((a, b) => b.text.length - a.text.length || (a.path < b.path ? -1 : 1))
    .map(hashOf);
  const names = new Map(hashes.map((hash, i) => [hash, i.toString(36)]));
  const nameOf = (hash: string) => names.get(hash) ?? hash;
  return files.map((file) => ({
    path: file.path.startsWith(shared) ? `${shared}${nameOf(hashOf(file))}.js` : file.path,
    text: file.text
      .replace(/\bimport"[./]+(?:shared\/)?[A-Z0-9]{8}\.js";/g, "")
      .replace(/(?<=["/])([A-Z0-9]{8})(?=\.js["'])/g, (_, hash: string) => nameOf(hash)),
  }));
}

/** convex-test is told of the modules that there are. */
async function listModules(): Promise<void> {
  const there = await modulesIn(component);
  const lines = there.map(
    (file) => `"./component/${file}":()=>import("../../${component}/${file}")`,
  );
  await writeFile(
    join(dist, "src/test/modules.js"),
    `export const modules={${lines.join(",\n")}};\n`,
  );
}

/** Modules that stay apart, without blanks and with short names of their own. What they export keeps its name. */
async function tightenModules(): Promise<void> {
  for (const file of (await modulesIn(".")).filter(isApart)) {
    const path = join(dist, file);
    const options = { target: "es2022", format: "esm", minify: true } as const;
    const { code } = await transform(await readFile(path, "utf8"), options);
    // Modules of types alone have nothing to load.
    if (code.trim() === "") await rm(path);
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
  await joinWholeParts();
  await joinModules();
  await tightenModules();
  await listModules();
  const files = await readdir(dist, { recursive: true });
  process.stdout.write(`dist: ${files.length} files\n`);
});
