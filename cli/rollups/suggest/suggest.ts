/** `suggest`: reads functions that reduce all records, and proposes the cube and the query that take their place. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { badUsage, parseCommandLine } from "../../commandLine.js";
import { Failure } from "../../failure.js";
import { openApp, type App } from "../app/app.js";
import { typescriptOf } from "../app/tools.js";
import type { Terminal } from "../terminal.js";
import { usage } from "../usage.js";
import { propose } from "./propose.js";
import { describe } from "./report.js";

/** Throws `NoFile` and `NoTypeScript`. */
export function suggest(args: readonly string[], terminal: Terminal): void {
  const { values, positionals } = parseCommandLine(
    args,
    { dir: { type: "string" }, json: { type: "boolean", default: false } } as const,
    usage,
  );
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw badUsage("suggest takes one file.", usage);
  const path = resolve(terminal.cwd, file);
  if (!existsSync(path)) throw new Failure("NoFile", `There is no file ${file}.`);
  const app = appAround(terminal.cwd, values.dir);
  const ts = typescriptOf(app);
  if (ts instanceof Failure) throw ts;
  const proposal = propose(ts, app, path);
  terminal.say(values.json ? `${JSON.stringify(proposal, null, 2)}\n` : describe(proposal, file));
}

/** The app, or the folder that the command runs in: functions of a browser need no Convex beside them. */
function appAround(cwd: string, dir: string | undefined): Pick<App, "root" | "functions"> {
  try {
    return openApp(cwd, dir);
  } catch (error) {
    if (dir === undefined && error instanceof Failure) return { root: cwd, functions: cwd };
    throw error;
  }
}
