/**
 * Learns an app's cubes by running `rollups.ts` with a class `Rollups` that only keeps its options, and
 * with stand-ins for the generated modules, which need a deployment.
 */
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import type { App } from "../app/app.js";
import { evaluate } from "../app/evaluate.js";

/** What `new Rollups(component, options)` was given. */
export interface RecordedOptions {
  schema?: unknown;
  cubes?: { readonly [name: string]: { table?: string } };
  /** A zone, or a function that tells one. */
  timezone?: unknown;
}

const SOURCES = fileURLToPath(new URL("../../../src/client/index.ts", import.meta.url));

const RECORDED = Symbol.for("convex-rollups.recorded");

/** The options of every `new Rollups` that the module at `path` makes. */
export async function recordOptions(app: App, path: string): Promise<RecordedOptions[]> {
  const recorded: RecordedOptions[] = [];
  const scope = globalThis as { [RECORDED]?: RecordedOptions[] };
  scope[RECORDED] = recorded;
  try {
    await evaluate(app, path, [recorder]);
  } finally {
    delete scope[RECORDED];
  }
  return recorded;
}

/** Can be called, read, spread and iterated, and is itself each time. */
const ANYTHING = `
const anything = new Proxy(function () {}, {
  get: (target, name) =>
    name === Symbol.iterator ? function* () {}
    : name === Symbol.toPrimitive ? () => ""
    : name === "then" ? undefined
    : anything,
  apply: () => anything,
  construct: () => anything,
  ownKeys: (target) => Reflect.ownKeys(target),
});`;

const GENERATED = `${ANYTHING}
export const components = anything, api = anything, internal = anything;
export const query = anything, internalQuery = anything, mutation = anything, internalMutation = anything;
export const action = anything, internalAction = anything, httpAction = anything, env = anything;`;

const PACKAGE = `${ANYTHING}
export class Rollups {
  constructor(component, options) {
    globalThis[Symbol.for("convex-rollups.recorded")].push(options);
    return new Proxy(this, { get: () => anything });
  }
}`;

const recorder: Plugin = {
  name: "convex-rollups-recorder",
  setup(build) {
    const inner = "convex-rollups-inner";
    build.onResolve({ filter: /^convex-rollups$/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === inner) return undefined;
      // What else the package exports stays as it is.
      const real = await build.resolve(path, {
        kind: from.kind,
        resolveDir: from.resolveDir,
        pluginData: inner,
      });
      return real.errors.length === 0
        ? { path: real.path, namespace: "recorder" }
        : { path, namespace: "recorder-alone" };
    });
    // The app of this repository imports the sources instead.
    build.onResolve(
      { filter: /\/src\/client\/index\.js$/ },
      async ({ path, pluginData, ...from }) => {
        if (pluginData === inner) return undefined;
        const real = await build.resolve(path, {
          kind: from.kind,
          resolveDir: from.resolveDir,
          pluginData: inner,
        });
        return real.path === SOURCES ? { path: real.path, namespace: "recorder" } : undefined;
      },
    );
    build.onResolve({ filter: /(^|\/)_generated\/(api|server)(\.js)?$/ }, ({ path }) => ({
      path,
      namespace: "generated",
    }));
    build.onLoad({ filter: /.*/, namespace: "generated" }, () => ({ contents: GENERATED }));
    build.onLoad({ filter: /.*/, namespace: "recorder-alone" }, () => ({ contents: PACKAGE }));
    build.onLoad({ filter: /.*/, namespace: "recorder" }, ({ path }) => ({
      contents: `export * from ${JSON.stringify(path)};${PACKAGE}`,
      resolveDir: process.cwd(),
    }));
  },
};
