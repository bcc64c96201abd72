/** Which file of the repository imports which, types included. */
import { readdirSync, readFileSync } from "node:fs";
import { posix, resolve } from "node:path";
import ts from "typescript";
import type { Graph } from "./graph.js";

export const root = resolve(import.meta.dirname, "../..");

/** Folders whose files are held to the table of rooms. */
const folders = ["lib", "convex", "src", "local", "cli", "eslint", "gateway"];

/** The sources and their imports of each other. What Convex generates is neither. */
export function importsOfSources(): Graph {
  const files = folders.flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
      .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
      .filter((path) => /\.tsx?$/.test(path) && !path.includes("_generated/")),
  );
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const text = readFileSync(`${root}/${file}`, "utf8");
      return [file, new Set(importsOf(file, text).filter((path) => known.has(path)))];
    }),
  );
}

/** Paths of the modules of the repository that a file's text names: imports, exports, and types. */
export function importsOf(file: string, text: string): string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.filter(({ fileName }) => fileName.startsWith("."))
    .flatMap(({ fileName }) => {
      const path = posix.join(posix.dirname(file), fileName).replace(/\.js$/, "");
      return [`${path}.ts`, `${path}.tsx`];
    });
}
