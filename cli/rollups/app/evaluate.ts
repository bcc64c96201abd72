/**
 * Runs a module of the app on this machine, as a push would: bundled with everything that it imports.
 * Only for modules that say something at their top, such as the schema.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { compileFunction } from "node:vm";
import type { BuildFailure, Message, Plugin } from "esbuild";
import { Failure, messageOf } from "../../failure.js";
import type { App } from "./app.js";
import { esbuildOf } from "./tools.js";

/** The exports of the module at `path`. Throws `NotEvaluated` with the reason and its place. */
export async function evaluate(
  app: App,
  path: string,
  plugins: Plugin[] = [],
): Promise<Record<string, unknown>> {
  const code = await bundle(app, path, plugins);
  const module = { exports: {} as Record<string, unknown> };
  const run = compileFunction(code, ["module", "exports", "require", "__filename", "__dirname"], {
    filename: path,
  });
  try {
    run(module, module.exports, createRequire(path), path, dirname(path));
  } catch (error) {
    throw new Failure(
      "NotEvaluated",
      `${app.shown(path)} fails when it is loaded: ${messageOf(error)}`,
      "Set the environment variables that it needs, as your deployment has them.",
    );
  }
  return module.exports;
}

async function bundle(app: App, path: string, plugins: Plugin[]): Promise<string> {
  const esbuild = esbuildOf(app);
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [path],
      absWorkingDir: app.root,
      bundle: true,
      write: false,
      format: "cjs",
      platform: "node",
      // As the Convex CLI bundles.
      conditions: ["convex", "module"],
      logLevel: "silent",
      plugins,
    });
    return outputFiles[0]?.text ?? "";
  } catch (error) {
    const reasons = (error as Partial<BuildFailure>).errors ?? [];
    if (reasons.length === 0) throw error;
    throw new Failure(
      "NotEvaluated",
      `${app.shown(path)} cannot be bundled:\n${reasons.map(describe).join("\n")}`,
    );
  }
}

function describe({ text, location }: Message): string {
  return location === null ? `  ${text}` : `  ${location.file}:${location.line}: ${text}`;
}
