/** Tools that an app has by itself: esbuild comes with `convex`, TypeScript with nearly every app. */
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as Esbuild from "esbuild";
import type * as TypeScript from "typescript";
import { Failure } from "../../failure.js";
import type { App } from "./app.js";

/** The esbuild that the app's `convex` package pushes with. Throws `NoConvex` or `NoEsbuild`. */
export function esbuildOf(app: App): typeof Esbuild {
  const require = requireOf(app);
  let convex: string;
  try {
    convex = require.resolve("convex/package.json");
  } catch {
    throw new Failure(
      "NoConvex",
      "The package convex is not installed.",
      "Run `npm install convex`.",
    );
  }
  try {
    return createRequire(convex)("esbuild") as typeof Esbuild;
  } catch {
    throw new Failure(
      "NoEsbuild",
      "The package convex has no esbuild beside it, which reads your schema.",
      "Run `npm install`, or `npm install --save-dev esbuild`.",
    );
  }
}

/** Packages that have the API of TypeScript 5 and 6; version 7 has another. */
const TYPESCRIPTS = ["typescript", "@typescript/typescript6"];

/** The app's TypeScript with an API to read modules with, or a failure that says what to install. */
export function typescriptOf(app: Pick<App, "root">): typeof TypeScript | Failure {
  const require = requireOf(app);
  const found = TYPESCRIPTS.map((name) => load(require, name));
  const usable = found.find((typescript) => typeof typescript?.createProgram === "function");
  if (usable !== undefined) return usable as typeof TypeScript;
  const version = found.find((typescript) => typescript !== undefined)?.version;
  return version === undefined
    ? new Failure(
        "NoTypeScript",
        "The package typescript is not installed; it reads your modules.",
        "Run `npm install --save-dev typescript@6`.",
      )
    : new Failure(
        "NoTypeScript",
        `TypeScript ${version} has no API to read your modules with; version 6 has.`,
        "Run `npm install --save-dev @typescript/typescript6`, which stands beside it.",
      );
}

function load(require: NodeJS.Require, name: string): Partial<typeof TypeScript> | undefined {
  try {
    return require(name) as Partial<typeof TypeScript>;
  } catch {
    return undefined;
  }
}

function requireOf(app: Pick<App, "root">): NodeJS.Require {
  return createRequire(join(app.root, "package.json"));
}
