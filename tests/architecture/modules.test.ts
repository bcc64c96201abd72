/** Convex evaluates a function's module, and all that it imports, again for each call: what a call never uses stays out. */
import { build } from "esbuild";
import { expect, test } from "vitest";
import { root } from "./sources.js";

const component = "convex/components/rollups";

/** Files of the component that are evaluated for a function of the module; types are none. */
async function evaluatedFor(module: string): Promise<string[]> {
  const { metafile } = await build({
    ...{ entryPoints: [`${root}/${component}/${module}.ts`], absWorkingDir: root },
    ...{ bundle: true, write: false, metafile: true, format: "esm", packages: "external" },
  });
  return Object.keys(metafile.inputs).map((path) => path.replace(`${component}/`, ""));
}

test.each([
  { module: "worker/nextWork", uses: "fold/plan.ts", without: "fold/step.ts" },
  { module: "worker/worker", uses: "fold/step.ts", without: "fold/plan.ts" },
  { module: "aggregates", uses: "answers/answer.ts", without: "answers/health.ts" },
  { module: "freshness", uses: "answers/lag.ts", without: "answers/answer.ts" },
])("$module evaluates $uses without $without", async ({ module, uses, without }) => {
  const files = await evaluatedFor(module);
  expect(files).toContain(uses);
  expect(files).not.toContain(without);
});

/** What the app's functions of a module evaluate, as a push splits it: what is imported when it is needed is apart. */
async function evaluatedInApp(module: string): Promise<string[]> {
  const { metafile } = await build({
    ...{ entryPoints: [`${root}/convex/${module}.ts`], absWorkingDir: root, outdir: "out" },
    ...{ bundle: true, splitting: true, write: false, metafile: true, format: "esm" },
    packages: "external",
  });
  const [entry] = Object.keys(metafile.outputs).filter((path) => path.endsWith(`/${module}.js`));
  const open = [entry!];
  for (const path of open) {
    const { imports } = metafile.outputs[path]!;
    const needed = imports.filter(({ kind, external }) => kind === "import-statement" && !external);
    open.push(...needed.map((one) => one.path).filter((one) => !open.includes(one)));
  }
  return [...new Set(open.flatMap((path) => Object.keys(metafile.outputs[path]!.inputs)))];
}

test.each(["aggregates", "http"])(
  "%s of the app evaluates the server for agents where one asks, and only its route before",
  async (module) => {
    const files = await evaluatedInApp(module);
    expect(files).toContain("src/client/Rollups.ts");
    expect(files.filter((path) => /^(src\/mcp|lib\/remedies)\//.test(path))).toEqual([
      "src/mcp/route.ts",
    ]);
  },
);
