/**
 * The bundle that the stock Convex CLI would push, made without a network, and a check that it runs
 * where Convex runs it: in a JavaScript realm without Node, for the app and for every component.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { createContext, runInContext } from "node:vm";
import { build, type Plugin } from "esbuild";
import { Failure } from "./failure.js";

export type BundledModule = { path: string; source: string; environment: string };

/** One app or component: its modules by path. */
export type BundledPart = { path: string; modules: readonly BundledModule[] };

type PushRequest = {
  appDefinition: { definition: BundledModule | null; schema: BundledModule | null } & Changed;
  componentDefinitions: readonly ({
    definitionPath: string;
    definition: BundledModule;
    schema: BundledModule | null;
  } & Changed)[];
};

type Changed = { changedModules?: readonly BundledModule[]; functions?: readonly BundledModule[] };

/** Bundles the app in `cwd`. Address and key are placeholders: nothing is sent. */
export async function bundleApp(cwd: string): Promise<BundledPart[]> {
  const directory = await mkdtemp(join(tmpdir(), "rollups-bundle-"));
  const out = join(directory, "push");
  try {
    const cli = join(
      dirname(createRequire(import.meta.url).resolve("convex/package.json")),
      "bin/main.js",
    );
    await run(cwd, [
      ...[cli, "deploy", "--url", "http://127.0.0.1:9", "--admin-key", "none"],
      ...["--write-push-request", out, "--push-all-modules"],
      ...["--typecheck", "disable", "--codegen", "disable"],
    ]);
    return partsOf(JSON.parse(await readFile(`${out}.json`, "utf8")) as PushRequest);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function partsOf({ appDefinition, componentDefinitions }: PushRequest): BundledPart[] {
  const modulesOf = (part: Changed & { schema: BundledModule | null }) => [
    ...(part.changedModules ?? part.functions ?? []),
    ...(part.schema === null ? [] : [part.schema]),
  ];
  return [
    { path: "", modules: modulesOf(appDefinition) },
    ...componentDefinitions.map((component) => ({
      path: component.definitionPath,
      modules: modulesOf(component),
    })),
  ];
}

async function run(cwd: string, args: readonly string[]): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env, CI: "1", NO_COLOR: "1" };
  // A developer's own deployment must not be what this talks to.
  for (const name of Object.keys(env)) if (name.startsWith("CONVEX_")) delete env[name];
  delete env["NODE_OPTIONS"];
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Failure("BundleFailed", `The Convex CLI cannot bundle:\n${output}`);
}

/** Exports by module path. */
export type EvaluatedPart = { readonly [modulePath: string]: { readonly [name: string]: unknown } };

/**
 * Evaluates every module of a part together, in a realm that has what Convex's runtime has and
 * nothing of Node. `BuiltinImported` names modules that import a Node built-in, `Unresolved` those
 * that import anything else that is not in the bundle.
 */
export async function evaluatePart(part: BundledPart): Promise<EvaluatedPart> {
  const entries = part.modules.filter(({ path }) => !path.startsWith("_deps/"));
  const lines = entries.map(({ path }, at) => `export * as m${at} from "./${path}";`);
  const bundled = await build({
    stdin: { contents: lines.join("\n"), resolveDir: "/" },
    ...{ bundle: true, write: false, format: "iife", globalName: "part", logLevel: "silent" },
    plugins: [onlyFrom(part.modules)],
  });
  const realm = createContext(convexGlobals());
  runInContext(bundled.outputFiles[0]!.text, realm, { filename: part.path || "app" });
  const modules = runInContext("part", realm) as Record<string, Record<string, unknown>>;
  return Object.fromEntries(entries.map(({ path }, at) => [path, modules[`m${at}`] ?? {}]));
}

/** Resolves imports among the bundle's own modules and refuses every other. */
function onlyFrom(modules: readonly BundledModule[]): Plugin {
  const sources = new Map(modules.map(({ path, source }) => [path, source]));
  return {
    name: "only-from-the-bundle",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path, importer, namespace }) => {
        const from = namespace === "pushed" ? posix.dirname(importer) : ".";
        const target = posix.join(from, path);
        if (path.startsWith(".") && sources.has(target))
          return { path: target, namespace: "pushed" };
        const code = isBuiltin(path) ? "BuiltinImported" : "Unresolved";
        throw new Failure(code, `${importer || "the bundle"} imports ${path}`);
      });
      onLoad({ filter: /.*/, namespace: "pushed" }, ({ path }) => ({
        contents: sources.get(path) ?? "",
        loader: "js",
      }));
    },
  };
}

/** The globals of Convex's default runtime that modules may touch while they load. */
function convexGlobals(): object {
  const refuse = () => {
    throw new Failure("CalledAtImport", "A module calls Convex while it loads.");
  };
  return {
    Convex: { syscall: refuse, asyncSyscall: refuse, jsSyscall: refuse },
    process: { env: {} },
    ...{ console, TextEncoder, TextDecoder, URL, URLSearchParams, Headers, Request, Response },
    ...{ Blob, AbortController, atob, btoa, structuredClone, crypto },
  };
}
