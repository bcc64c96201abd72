/** Reads Cube models from files. Nothing in them is run: YAML and JavaScript are parsed only. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type * as TypeScript from "typescript";
import { parseDocument } from "yaml";
import { Failure, messageOf } from "../../failure.js";
import { cubesOfScript } from "./scriptModel.js";
import type { ReadModel } from "./source.js";

/** A model of a large company is some hundred kilobytes, in many files. */
export const FILE_BYTES_MAX = 1 << 20;

/** Throws `NoFile`, `TooLarge`, `UnreadableModel`, or the failure of `typescript()` for JavaScript. */
export function readModel(
  paths: readonly string[],
  typescript: () => typeof TypeScript,
): ReadModel {
  const read: ReadModel = { cubes: [], others: [] };
  for (const path of paths.flatMap(filesAt)) {
    const { cubes, others } = readFile(path, typescript);
    read.cubes.push(...cubes);
    read.others.push(...others);
  }
  const names = read.cubes.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new Failure("UnreadableModel", `There are two cubes called "${twice}".`);
  return read;
}

/** The file, or the model files of a folder and of those in it. */
function filesAt(path: string): string[] {
  if (!existsSync(path)) throw new Failure("NoFile", `There is no file ${path}.`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ya?ml|js)$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

function readFile(path: string, typescript: () => typeof TypeScript): ReadModel {
  const { size } = statSync(path);
  if (size > FILE_BYTES_MAX)
    throw new Failure(
      "TooLarge",
      `${path} has ${size} bytes; a model file has ${FILE_BYTES_MAX} at most.`,
    );
  const text = readFileSync(path, "utf8");
  try {
    if (/\.ya?ml$/.test(path)) return cubesOfYaml(text);
    if (/\.[cm]?js$/.test(path)) return cubesOfScript(typescript(), text);
  } catch (error) {
    if (error instanceof Failure && error.code === "NoTypeScript") throw error;
    throw new Failure("UnreadableModel", `${path}: ${messageOf(error)}`);
  }
  throw new Failure(
    "UnreadableModel",
    `${path}: a model is a file of YAML or JavaScript (.yml, .js).`,
  );
}

function cubesOfYaml(text: string): ReadModel {
  if (/\{[{%]/.test(text))
    throw new Error("it has templates of Jinja; give the YAML that they make.");
  const document = parseDocument(text, { version: "1.1", schema: "core", logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  // Aliases are followed a hundred times at most, so that a small file stays small.
  const content = document.toJS({ maxAliasCount: 100 }) as unknown;
  const read: ReadModel = { cubes: [], others: [] };
  if (content === null) return read;
  if (typeof content !== "object") throw new Error("it is no model: it has no `cubes`.");
  for (const [key, list] of Object.entries(content)) {
    for (const one of Array.isArray(list) ? (list as unknown[]) : []) {
      const { name } = (one ?? {}) as { name?: unknown };
      if (typeof name !== "string") throw new Error(`one of its \`${key}\` has no name.`);
      if (key === "cubes") read.cubes.push({ name, parts: one });
      else read.others.push(`${key} ${name}`);
    }
  }
  return read;
}
