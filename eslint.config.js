/**
 * What oxlint (`.oxlintrc.json`) has no rules for: Convex's own, of which some read types, and clock
 * and dice in `lib/`.
 */
import convexPlugin from "@convex-dev/eslint-plugin";
import { parser } from "typescript-eslint";

export default [
  { ignores: ["**/_generated"] },
  {
    files: ["lib/**/*.ts"],
    languageOptions: { parser },
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: "lib/ reads no clock: time is an argument.",
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: "lib/ reads no clock: time is an argument.",
        },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: "lib/ rolls no dice: randomness is an argument.",
        },
      ],
    },
  },
  {
    files: ["convex/**/*.ts"],
    languageOptions: {
      parser,
      parserOptions: { project: ["./convex/tsconfig.json"], tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "@convex-dev": convexPlugin },
    rules: {
      "@convex-dev/no-old-registered-function-syntax": "error",
      "@convex-dev/require-args-validator": "error",
      "@convex-dev/explicit-table-ids": "error",
      "@convex-dev/no-filter-in-query": "error",
      "@convex-dev/no-top-of-hour-crons": "error",
      "@convex-dev/no-schema-import-cycle": "error",
      "@convex-dev/no-duplicate-indexes": "error",
      "@convex-dev/no-process-env": "error",
    },
  },
  {
    // Evaluated when the app is pushed, where the typed `env` does not exist.
    files: ["convex/auth.config.ts"],
    rules: { "@convex-dev/no-process-env": "off" },
  },
];
