/** `check`: what keeps rollups from being right or from starting, found without a deployment. */
import { readFileSync } from "node:fs";
import { badUsage, parseCommandLine } from "../../commandLine.js";
import { Failure } from "../../failure.js";
import { moduleOf, mustHaveRollups, openApp, type App } from "../app/app.js";
import { usesComponent } from "../init/configText.js";
import type { Terminal } from "../terminal.js";
import { usage } from "../usage.js";
import { builderFindings } from "./builders.js";
import { cubeFindings, cubeTables } from "./cubes.js";
import { describeFinding, type Finding } from "./finding.js";
import { openProgram, type TypedApp } from "./program.js";
import { recordOptions } from "./recorder.js";

/** Says what it finds, and returns how many. */
export async function check(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseCommandLine(
    args,
    { dir: { type: "string" } } as const,
    usage,
  );
  if (positionals.length > 0) throw badUsage(`check takes no "${positionals[0]}".`, usage);
  const app = openApp(terminal.cwd, values.dir);
  const module = mustHaveRollups(app);
  const typed = openProgram(app, module);
  const recorded = await recordOptions(app, module);
  const tables = cubeTables(recorded);
  if (tables.size === 0)
    throw new Failure("NoCubes", `${app.shown(module)} makes no \`new Rollups\` with cubes.`);

  const findings = [
    ...configFindings(app, typed),
    ...cubeFindings(recorded, app.shown(module)),
    ...builderFindings(typed, tables),
  ];
  terminal.say(findings.map(describeFinding).join(""));
  const looked = `${typed.modules.length} modules, cubes over ${[...tables].join(", ")}`;
  terminal.say(`${findings.length === 0 ? "nothing" : findings.length} found (${looked})\n`);
  return findings.length;
}

function configFindings(app: App, { ts }: TypedApp): Finding[] {
  const path = moduleOf(app, "convex.config");
  if (path !== undefined && usesComponent(ts, readFileSync(path, "utf8"))) return [];
  return [
    {
      place: path === undefined ? `${app.shown(app.functions)}/convex.config.ts` : app.shown(path),
      code: "NoComponent",
      message: "the app does not use the component.",
      todo: 'import rollups from "convex-rollups/convex.config", then app.use(rollups).',
    },
  ];
}
