/** `export cube`: the app's cubes and rollups as a project for Cube. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { AppCatalogue } from "../../../src/client/cubes/catalogue.js";
import type { CatalogueOptions } from "../../../src/client/cubes/cubeOptions.js";
import type { AppSchema } from "../../../src/client/cubes/heldValues.js";
import { exportCube } from "../../../lib/cubeModel/exportCube.js";
import type { Note } from "../../../lib/cubeModel/model.js";
import { badUsage, parseCommandLine } from "../../commandLine.js";
import { Failure, messageOf } from "../../failure.js";
import { mustHaveRollups, openApp } from "../app/app.js";
import { recordOptions, type RecordedOptions } from "../check/recorder.js";
import type { Terminal } from "../terminal.js";
import { usage } from "../usage.js";
import { configText, describeNote, MADE_BY, yamlOf } from "./modelText.js";

interface ModelFile {
  /** From the folder of the export. */
  path: string;
  text: string;
}

/** Writes `model/cubes/*.yml` and `cube.js`. Throws `AlreadyThere` before it writes over a file of others. */
export async function exportModel(args: readonly string[], terminal: Terminal): Promise<void> {
  const { values, positionals } = parseCommandLine(
    args,
    { dir: { type: "string" }, out: { type: "string", default: "cube" } } as const,
    usage,
  );
  if (positionals.length !== 1 || positionals[0] !== "cube")
    throw badUsage("export takes one word: `export cube`.", usage);
  const app = openApp(terminal.cwd, values.dir);
  const module = mustHaveRollups(app);
  const recorded = (await recordOptions(app, module)).filter(({ cubes }) => cubes !== undefined);
  if (recorded.length === 0)
    throw new Failure("NoCubes", `${app.shown(module)} makes no \`new Rollups\` with cubes.`);

  const { files, notes } = modelFiles(recorded);
  const out = resolve(terminal.cwd, values.out);
  const shown = (path: string) => join(relative(terminal.cwd, out), path);
  for (const { path } of files) mustBeOurs(join(out, path), shown(path));
  for (const { path, text } of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), text);
    terminal.say(`wrote ${shown(path)}\n`);
  }
  if (notes.length > 0) terminal.say("What is not in Cube, or differs there:\n");
  for (const note of notes) terminal.say(`  ${describeNote(note)}\n`);
}

function modelFiles(recorded: readonly RecordedOptions[]): { files: ModelFile[]; notes: Note[] } {
  const files: ModelFile[] = [];
  const notes: Note[] = [];
  const claims = new Set<string>();
  const zones = new Set<string>();
  for (const options of recorded) {
    const catalogue = catalogueOf(options);
    for (const { definition, tenant } of catalogue.cubes.values()) {
      const exported = exportCube(catalogue.withFreshness(definition), tenant);
      notes.push(...exported.notes);
      if (tenant !== null) claims.add(tenant);
      const text = yamlOf(exported.model, exported.notes);
      files.push({ path: `model/cubes/${definition.name}.yml`, text });
    }
    zones.add(typeof options.timezone === "string" ? options.timezone : "UTC");
    if (typeof options.timezone === "function")
      notes.push({
        member: "timezone",
        message: "is told per tenant; list all zones in scheduledRefreshTimeZones of cube.js.",
      });
  }
  files.push({ path: "cube.js", text: configText([...claims], [...zones]) });
  return { files, notes };
}

function catalogueOf({ schema, cubes }: RecordedOptions): AppCatalogue {
  try {
    return new AppCatalogue(schema as AppSchema, cubes as CatalogueOptions);
  } catch (error) {
    throw new Failure(
      "InvalidDefinition",
      messageOf(error),
      "`npx convex-rollups check` says more.",
    );
  }
}

function mustBeOurs(path: string, shown: string): void {
  if (!existsSync(path) || readFileSync(path, "utf8").includes(MADE_BY)) return;
  throw new Failure(
    "AlreadyThere",
    `${shown} is there already, and export did not make it. Nothing was written.`,
    "Name another folder with --out.",
  );
}
