/**
 * `npm run modules`: lists the component's modules for convex-test, which finds those of an app by a
 * glob of its bundler. A package that is plain JavaScript has none.
 */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "oxfmt";
import { projectRoot } from "./demo/backendProcess.js";

const component = "convex/components/rollups";
const target = join(projectRoot, "src/test/modules.ts");

const files = await readdir(join(projectRoot, component), { recursive: true });
const names = files
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".ts") && file !== "schema.ts")
  .map((file) => file.replace(/\.ts$/, ".js"))
  .sort();
const lines = names.map(
  (name) => `  "./component/${name}": () => import("../../${component}/${name}"),`,
);
const text = `/** The component's modules. Written by \`npm run modules\`. */
export const modules: Record<string, () => Promise<unknown>> = {
${lines.join("\n")}
};
`;
const { code } = await format(target, text, { printWidth: 100 });
await writeFile(target, code);
