/** The app's modules with their types, as TypeScript sees them by the app's own tsconfig. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type * as TypeScript from "typescript";
import { Failure } from "../../failure.js";
import type { App } from "../app/app.js";
import { typescriptOf } from "../app/tools.js";
import { modulesOf } from "../modules/modules.js";

export interface TypedApp {
  ts: typeof TypeScript;
  checker: TypeScript.TypeChecker;
  /** The modules of the functions folder, without what they import. */
  modules: readonly TypeScript.SourceFile[];
  /** The path of `rollups.ts`. */
  rollups: string;
  /** `convex/orders.ts:12`. */
  place(node: TypeScript.Node): string;
}

/** Throws `NoTypeScript`, or `NoGenerated`, without which no id tells its table. */
export function openProgram(app: App, rollups: string): TypedApp {
  const ts = typescriptOf(app);
  if (ts instanceof Failure) throw ts;
  const generated = join(app.functions, "_generated");
  if (!existsSync(join(generated, "server.d.ts")) && !existsSync(join(generated, "server.ts")))
    throw new Failure(
      "NoGenerated",
      `There is no ${app.shown(generated)}/server.d.ts, which tells ids of one table from another's.`,
      "Run `npx convex dev` or `npx convex codegen` first.",
    );
  const paths = modulesOf(app).map(({ path }) => path);
  const program = ts.createProgram(paths, optionsOf(ts, app));
  return {
    ts,
    checker: program.getTypeChecker(),
    rollups,
    modules: paths.map((path) => program.getSourceFile(path)).filter((file) => file !== undefined),
    place(node) {
      const file = node.getSourceFile();
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      return `${app.shown(file.fileName)}:${line + 1}`;
    },
  };
}

/** The compiler's options for the app's code, by its own tsconfig. */
export function optionsOf(
  ts: typeof TypeScript,
  app: Pick<App, "functions">,
): TypeScript.CompilerOptions {
  const path = ts.findConfigFile(app.functions, ts.sys.fileExists);
  const { config = {} } = path === undefined ? {} : ts.readConfigFile(path, ts.sys.readFile);
  const folder = path === undefined ? app.functions : dirname(path);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder, undefined, path);
  return {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    ...options,
    allowJs: true,
    noEmit: true,
    skipLibCheck: true,
    // Names of browsers and packages do not matter here, and loading them takes most of the time.
    lib: ["lib.esnext.d.ts"],
    types: [],
  };
}
