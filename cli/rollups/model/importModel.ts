/** `import-model`: a Cube model as a proposed `cubes.ts`. */
import { existsSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { completeCube } from "../../../src/client/cubes/completeCube.js";
import type { CubeOptions } from "../../../src/client/cubes/cubeOptions.js";
import { fieldsOf, systemFields, type AppSchema } from "../../../src/client/cubes/heldValues.js";
import { importCube, type Names, type ProposedCube } from "../../../lib/cubeModel/importCube.js";
import type { Note } from "../../../lib/cubeModel/model.js";
import { badUsage, parseCommandLine } from "../../commandLine.js";
import { Failure, messageOf } from "../../failure.js";
import { moduleOf, openApp, type App } from "../app/app.js";
import { evaluate } from "../app/evaluate.js";
import { typescriptOf } from "../app/tools.js";
import type { Terminal } from "../terminal.js";
import { usage } from "../usage.js";
import { cubesText } from "./cubesText.js";
import { describeNote } from "./modelText.js";
import { readModel } from "./readModel.js";

/** Prints the proposal, or writes it to `--out`. Throws `NoCubes`, `AlreadyThere`, and what `readModel` does. */
export async function importModel(args: readonly string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = parseCommandLine(
    args,
    { dir: { type: "string" }, out: { type: "string" } } as const,
    usage,
  );
  if (positionals.length === 0)
    throw badUsage("import-model takes files or folders of a model.", usage);
  const out = values.out === undefined ? null : resolve(terminal.cwd, values.out);
  if (out !== null && existsSync(out))
    throw new Failure("AlreadyThere", `${values.out} is there already, so nothing was changed.`);
  const app = appAt(terminal.cwd, values.dir);
  const model = readModel(
    positionals.map((path) => resolve(terminal.cwd, path)),
    () => mustHaveTypescript(app ?? { root: terminal.cwd }),
  );
  if (model.cubes.length === 0) throw new Failure("NoCubes", "There is no cube in these files.");

  const schema = app === null ? null : await schemaOf(app);
  const cubes = new Map<string, ProposedCube>();
  const notes: Note[] = model.others.map((what) => ({
    member: what,
    message: "has no counterpart.",
  }));
  for (const { name, parts } of model.cubes) {
    const { cube, notes: own } = importCube(name, parts, namesIn(schema));
    notes.push(...own);
    if (cube === null) continue;
    cubes.set(name, cube);
    const lack = schema === null ? null : lackOf(schema, name, cube);
    if (lack !== null) notes.push({ member: name, message: lack });
  }
  const text = cubesText(cubes, notes);
  if (out === null) return terminal.say(text);
  writeFileSync(out, text);
  terminal.say(`wrote ${values.out} (${[...cubes.keys()].join(", ")})\n`);
  for (const note of notes) terminal.say(`  ${describeNote(note)}\n`);
}

/** The app around, if there is one: its schema says what tables and fields are called. */
function appAt(cwd: string, dir: string | undefined): App | null {
  try {
    return openApp(cwd, dir);
  } catch (error) {
    if (dir === undefined && error instanceof Failure && /^No(App|Functions)$/.test(error.code))
      return null;
    throw error;
  }
}

function mustHaveTypescript(app: Pick<App, "root">) {
  const typescript = typescriptOf(app);
  if (typescript instanceof Failure) throw typescript;
  return typescript;
}

async function schemaOf(app: App): Promise<AppSchema | null> {
  const path = moduleOf(app, "schema");
  if (path === undefined) return null;
  const { default: schema } = await evaluate(app, path);
  return typeof (schema as AppSchema | undefined)?.tables === "object"
    ? (schema as AppSchema)
    : null;
}

/** Tables and fields by the names that the schema has for them: `created_at` is `createdAt` where that is there. */
function namesIn(schema: AppSchema | null): Names {
  if (schema === null) return { table: (name) => name, field: (_, column) => column };
  const tables = schema.tables as Record<string, Parameters<typeof fieldsOf>[0]>;
  return {
    table: (name) => likeIn(Object.keys(tables), name),
    field: (name, column) => {
      const table = Object.hasOwn(tables, name) ? tables[name] : undefined;
      const fields = table === undefined ? null : fieldsOf(table);
      return likeIn([...(fields ?? []), ...Object.keys(systemFields)], column);
    },
  };
}

function likeIn(names: readonly string[], name: string): string {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  return (
    names.find((one) => one === name) ?? names.find((one) => plain(one) === plain(name)) ?? name
  );
}

/** What the schema has against a cube, or null. */
function lackOf(schema: AppSchema, name: string, cube: ProposedCube): string | null {
  try {
    completeCube(schema, name, cube as CubeOptions);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}
