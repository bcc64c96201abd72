/** Lint, and so `npm run check`, names every builder in `convex/` that captures nothing. */
import { join, resolve } from "node:path";
import { ESLint } from "eslint";
import { beforeAll, describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

let eslint: ESLint;
beforeAll(() => {
  eslint = new ESLint({
    cwd: root,
    // The files of this test are not on disk, so there are no types to look up.
    overrideConfig: {
      languageOptions: { parserOptions: { projectService: false } },
      rules: { "@typescript-eslint/no-floating-promises": "off" },
    },
  });
});

/** Lines and names that lint objects to, of a file with one import on its second line. */
async function foundIn(path: string, line: string): Promise<[number, string][]> {
  const code = `/** An app's own functions. */\n${line}\n`;
  const [result] = await eslint.lintText(code, { filePath: join(root, path) });
  expect(result!.fatalErrorCount).toBe(0);
  return result!.messages
    .filter(({ ruleId }) => ruleId === "no-restricted-imports")
    .map(({ line, message }) => {
      expect(message).toContain("Use the builders of convex/functions.ts");
      return [line, /'(\w+)'/.exec(message)?.[1] ?? ""];
    });
}

describe("a builder that captures nothing", () => {
  test.each([
    ["convex/notes.ts", 'import { mutation } from "./_generated/server";', "mutation"],
    [
      "convex/rooms/notes.ts",
      'import { internalMutation as write } from "../_generated/server";',
      "internalMutation",
    ],
    ["convex/notes.ts", 'import { query } from "./_generated/server.js";', "query"],
    ["convex/notes.ts", 'export { mutation } from "./_generated/server";', "mutation"],
    ["convex/notes.ts", 'import { mutationGeneric } from "convex/server";', "mutationGeneric"],
  ])("is named in %s: %s", async (path, line, builder) => {
    expect(await foundIn(path, line)).toEqual([[2, builder]]);
  });

  test("is named where it comes with everything of its module", async () => {
    for (const from of ["./_generated/server", "convex/server"]) {
      const found = await foundIn("convex/notes.ts", `import * as server from "${from}";`);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every(([line]) => line === 2)).toBe(true);
    }
  });
});

test.each([
  ["convex/notes.ts", 'import type { MutationCtx } from "./_generated/server";'],
  ["convex/notes.ts", 'import { httpAction } from "./_generated/server";'],
  ["convex/notes.ts", 'import { tenantMutation } from "./functions";'],
  ["convex/functions.ts", 'import { mutation } from "./_generated/server";'],
])("lint lets %s have %s", async (path, line) => {
  expect(await foundIn(path, line)).toEqual([]);
});
