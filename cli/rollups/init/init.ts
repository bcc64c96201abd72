/** `init`: proposes a cube for a table, writes `rollups.ts` and the config, says what is left to do. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { badUsage, parseCommandLine } from "../../commandLine.js";
import { Failure } from "../../failure.js";
import { moduleOf, openApp, type App } from "../app/app.js";
import { typescriptOf } from "../app/tools.js";
import { modulesOf } from "../modules/modules.js";
import { readTables, schemaPath } from "../schema/tables.js";
import type { Terminal } from "../terminal.js";
import { usage } from "../usage.js";
import { chooseCube, confirmWriting, describeChoice } from "./choose.js";
import { addToConfig, configLines, newConfig } from "./configText.js";
import { diffOf } from "./diff.js";
import { moduleText } from "./moduleText.js";
import { proposeCubes } from "./propose.js";
import { stepsLeft } from "./steps.js";

/** A file to write; `before` is null where there is none yet. */
interface Change {
  path: string;
  before: string | null;
  after: string;
}

/** Throws `AlreadyThere`, before anything is read or written, where `rollups.ts` exists. */
export async function init(args: readonly string[], terminal: Terminal): Promise<void> {
  const { say } = terminal;
  const { values, positionals } = parseCommandLine(
    args,
    {
      dir: { type: "string" },
      table: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
    } as const,
    usage,
  );
  if (positionals.length > 0) throw badUsage(`init takes no "${positionals[0]}".`, usage);
  const app = openApp(terminal.cwd, values.dir);
  refuseExisting(app);
  const asks = terminal.asks && !values.yes && !values["dry-run"];

  const proposals = proposeCubes(await readTables(app));
  const cube = await chooseCube(app, proposals, values.table, asks);
  say(describeChoice(cube, proposals));

  const schema = schemaPath(app);
  const extension = /\.jsx?$/.test(schema) ? "js" : "ts";
  const module: Change = {
    path: join(app.functions, `rollups.${extension}`),
    before: null,
    after: moduleText(cube, importExtension(app)),
  };
  const config = configOf(app, extension);
  const changes = config.change === undefined ? [module] : [module, config.change];

  if (values["dry-run"]) {
    for (const { path, before, after } of changes) say(diffOf(app.shown(path), before, after));
    say("Nothing was written (--dry-run).\n");
  } else {
    if (asks) await confirmWriting(changes.map(({ path }) => app.shown(path)));
    for (const { path, after } of changes) writeFileSync(path, after);
    for (const { path, before } of changes)
      say(`${before === null ? "wrote" : "changed"} ${app.shown(path)}\n`);
    if (config.change === undefined && config.byHand === undefined)
      say(`${app.shown(config.path)} uses the component already\n`);
  }
  say(stepsLeft(app, cube, { module: module.path, schema, config }));
}

function refuseExisting(app: App): void {
  const existing = moduleOf(app, "rollups");
  if (existing === undefined) return;
  throw new Failure(
    "AlreadyThere",
    `${app.shown(existing)} is there already, so nothing was changed.`,
    "Edit it; `npx convex-rollups check` says what it lacks. Rename it to start over.",
  );
}

/** `.js` where the app writes its own imports with it. */
function importExtension(app: App): "" | ".js" {
  return modulesOf(app).some(({ text }) => /_generated\/(server|api)\.js["']/.test(text))
    ? ".js"
    : "";
}

/** What becomes of the config: a change, or lines that a person must add, or nothing. */
function configOf(
  app: App,
  extension: "ts" | "js",
): { path: string; change?: Change; byHand?: readonly string[] } {
  const path = moduleOf(app, "convex.config") ?? join(app.functions, `convex.config.${extension}`);
  if (!existsSync(path)) return { path, change: { path, before: null, after: newConfig } };
  const before = readFileSync(path, "utf8");
  const ts = typescriptOf(app);
  const after = ts instanceof Failure ? null : addToConfig(ts, before);
  if (after === null) return { path, byHand: configLines };
  return after === before ? { path } : { path, change: { path, before, after } };
}
