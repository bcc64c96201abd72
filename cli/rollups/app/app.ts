/** The app in which the command runs: its folder, its folder of functions, and how paths are shown. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Failure, messageOf } from "../../failure.js";

export interface App {
  /** The folder of the app's package.json. Commands show paths from here. */
  root: string;
  /** The folder of the app's functions, most often `convex/`. */
  functions: string;
  /** A path as people write it: from `root`, with forward slashes. */
  shown(path: string): string;
}

/**
 * The app around `cwd`. Its functions are in `dir`, or in the folder that convex.json names, or in
 * `convex`. Throws `NoApp` or `NoFunctions`.
 */
export function openApp(cwd: string, dir: string | undefined): App {
  const root = packageFolder(resolve(cwd));
  const functions = dir === undefined ? join(root, functionsOf(root)) : resolve(cwd, dir);
  const shown = (path: string) => relative(root, path).split(sep).join("/");
  if (!existsSync(functions) || !statSync(functions).isDirectory())
    throw new Failure(
      "NoFunctions",
      `There is no folder ${shown(functions)}/.`,
      "Run `npx convex dev` first, or name the folder of your functions with --dir.",
    );
  return { root, functions, shown };
}

function packageFolder(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder)
      throw new Failure("NoApp", `Neither ${from} nor a folder above it has a package.json.`);
  }
}

function functionsOf(root: string): string {
  const path = join(root, "convex.json");
  if (!existsSync(path)) return "convex";
  try {
    const { functions } = JSON.parse(readFileSync(path, "utf8")) as { functions?: unknown };
    return typeof functions === "string" ? functions : "convex";
  } catch (error) {
    throw new Failure("BadConvexJson", `convex.json is no valid JSON: ${messageOf(error)}`);
  }
}

/** A module of the functions folder by its name without extension; undefined where there is none. */
export function moduleOf(app: App, name: string): string | undefined {
  return [".ts", ".tsx", ".js", ".jsx"]
    .map((extension) => join(app.functions, `${name}${extension}`))
    .find((path) => existsSync(path));
}

/** The path of the app's `rollups.ts`. Throws `NoRollups`. */
export function mustHaveRollups(app: App): string {
  const path = moduleOf(app, "rollups");
  if (path !== undefined) return path;
  throw new Failure(
    "NoRollups",
    `There is no ${app.shown(app.functions)}/rollups.ts.`,
    "Run `npx convex-rollups init`.",
  );
}
