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
