/** The ESLint plugin: `import rollups from "convex-rollups/eslint"` in a flat config. */
import type { ESLint, Linter } from "eslint";
import { noRawBuilders } from "./noRawBuilders.js";

const plugin = {
  meta: { name: "convex-rollups" },
  rules: { "no-raw-builders": noRawBuilders },
} satisfies ESLint.Plugin;

/** The config for an app whose cubes are over `tables`. Spread it to say other `files`. */
function recommended(tables: readonly string[]): Linter.Config {
  return {
    name: "convex-rollups/recommended",
    files: ["**/convex/**/*.{ts,tsx,js,jsx}"],
    ignores: ["**/_generated/**"],
    plugins: { "convex-rollups": plugin },
    rules: { "convex-rollups/no-raw-builders": ["error", { tables: [...tables] }] },
  };
}

export default { ...plugin, recommended };
