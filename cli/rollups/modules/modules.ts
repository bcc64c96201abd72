/** The modules that a push takes from the functions folder. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { App } from "../app/app.js";

export interface Module {
  path: string;
  text: string;
}

/**
 * Modules of the app itself in alphabetical order: no generated files, no local components (folders with
 * a convex.config of their own), no names with several dots, which the Convex CLI skips too.
 */
export function modulesOf(app: App): Module[] {
  return pathsIn(app.functions)
    .sort()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }));
}

function pathsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return /^[^.]+\.[jt]sx?$/.test(entry.name) ? [path] : [];
    if (!entry.isDirectory() || /^(_generated|node_modules|\..*)$/.test(entry.name)) return [];
    return isComponent(path) ? [] : pathsIn(path);
  });
}

function isComponent(folder: string): boolean {
  return ["ts", "js"].some((extension) => existsSync(join(folder, `convex.config.${extension}`)));
}
