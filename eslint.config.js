import convexPlugin from "@convex-dev/eslint-plugin";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** What only `convex/functions.ts` may import: everything else goes through the wrapped builders. */
const message =
  "Use the builders of convex/functions.ts: raw ones bypass capture and the tenant check.";
const rawBuilders = [
  {
    group: ["**/_generated/server", "**/_generated/server.js"],
    importNames: ["mutation", "internalMutation", "query", "internalQuery"],
    message,
  },
  {
    group: ["convex/server"],
    importNames: [
      ...["mutationGeneric", "internalMutationGeneric", "queryGeneric", "internalQueryGeneric"],
    ],
    message,
  },
];

export default tseslint.config(
  {
    ignores: [
      "node_modules",
      "dist",
      "coverage",
      ".convex-local",
      "**/_generated",
      // Compiled in a folder of its own, by the test.
      "tests/adoption/apps",
    ],
  },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrorsIgnorePattern: "^_" },
      ],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    // The rules that need types; to read them takes as long as all other rules together.
    files: ["{lib,convex,src,local,cli,bench}/**/*.{ts,tsx}"],
    languageOptions: {
      parserOptions: { project: ["./tsconfig.json"], tsconfigRootDir: import.meta.dirname },
    },
    rules: { "@typescript-eslint/no-floating-promises": "error" },
  },
  {
    files: ["lib/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^(?!\\.{1,2}/)",
              message: "lib/ is pure: it imports nothing from outside lib/.",
            },
            {
              regex: "/(convex|src|local|cli|bench|tests)/",
              message: "lib/ imports nothing from other rooms.",
            },
          ],
        },
      ],
      "no-restricted-globals": [
        "error",
        ...["process", "window", "document", "fetch", "crypto", "performance", "setTimeout"],
      ],
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
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            ...rawBuilders,
            {
              regex: "^(\\.\\./)+(lib|src/(react|dashboard|test)|local|cli|tests|bench)/",
              message: "The reference app imports what the package exports: src/client/index.js.",
            },
            { regex: "^node:", message: "convex/ runs without Node built-ins." },
          ],
        },
      ],
    },
  },
  {
    files: ["convex/components/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            ...rawBuilders,
            {
              regex: "^(\\.\\./)+(src|local|cli|tests|bench)/",
              message: "The component imports lib/ only.",
            },
            { regex: "^node:", message: "convex/ runs without Node built-ins." },
          ],
        },
      ],
    },
  },
  {
    // The files that may use the raw builders: they wrap them.
    files: ["convex/functions.ts", "convex/components/rollups/functions.ts"],
    rules: { "no-restricted-imports": "off" },
  },
  {
    // Evaluated when the app is pushed, where the typed `env` does not exist.
    files: ["convex/auth.config.ts"],
    rules: { "@convex-dev/no-process-env": "off" },
  },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^(\\.\\./)+(local|cli|tests|bench)/",
              message: "src/ imports lib/ and the public API only.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["tests/**/*.{ts,tsx}", "local/**/*.ts", "cli/**/*.ts", "bench/**/*.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
