import { ESLint, RuleTester } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it, test } from "vitest";
import rollups from "../../eslint/index.js";

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it.only;

const rule = rollups.rules["no-raw-builders"];
const orders = [{ tables: ["orders"] }];
const insert = `export const create = mutation({ handler: (ctx) => ctx.db.insert("orders", {}) });`;
const raw = { messageId: "raw" };

const valid = [
  `import { mutation } from "./rollups"; ${insert}`,
  `import { query } from "./_generated/server"; ctx.db.insert("orders", {});`,
  `import { mutation } from "./_generated/server"; mutation((ctx) => ctx.db.insert("users", {}));`,
  `import { mutation } from "./_generated/server"; mutation((ctx, { id }) => ctx.db.patch(id, {}));`,
  `import { mutation } from "./_generated/server"; mutation((ctx) => ctx.db.patch("users", id, {}));`,
  `import { mutation } from "./_generated/server"; mutation((ctx) => ctx.db.query("orders"));`,
  `import { mutation } from "./_generated/server"; mutation(() => new Set(["orders"]).delete("orders"));`,
  // What rollups.ts does.
  `import * as server from "./_generated/server";
   export const { mutation } = rollups.mutations(server);
   mutation((ctx) => ctx.db.insert("orders", {}));`,
  `import { mutation } from "./_generated/server";
   const own = customMutation(mutation, rollups.capture);
   own((ctx) => ctx.db.insert("orders", {}));`,
  `import * as server from "./_generated/server";
   const own = customMutation(server.mutation, { input: (ctx) => rollups.capturing(ctx) });
   own((ctx) => ctx.db.insert("orders", {}));`,
];

const invalid = [
  // The fix keeps what else is imported, other names, paths and extensions.
  {
    code: `import { mutation, query } from "./_generated/server";\n${insert}`,
    output: `import { query } from "./_generated/server";\nimport { mutation } from "./rollups";\n${insert}`,
    errors: [raw],
  },
  {
    code: `import { internalMutation as fn } from '../../_generated/server.js'\nfn((ctx) => ctx.db.insert("orders", {}))`,
    output: `import { internalMutation as fn } from '../../rollups.js'\nfn((ctx) => ctx.db.insert("orders", {}))`,
    errors: [raw],
  },
  {
    code: `import { internalMutation, mutation } from "@/convex/_generated/server";\n${insert}`,
    output: `import { mutation } from "@/convex/_generated/server";\nimport { internalMutation } from "@/convex/rollups";\n${insert}`,
    errors: [raw, raw],
  },
  {
    code: `import { mutation } from "@/convex/_generated/server";\nimport { internalMutation } from "@/convex/rollups";\n${insert}`,
    output: `import { internalMutation, mutation } from "@/convex/rollups";\n${insert}`,
    errors: [raw],
  },
  // By id, in a file that names the table.
  {
    code: `import { mutation } from "./_generated/server";\nmutation({ args: { id: v.id("orders") }, handler: (ctx, { id }) => ctx.db.delete(id) });`,
    output: `import { mutation } from "./rollups";\nmutation({ args: { id: v.id("orders") }, handler: (ctx, { id }) => ctx.db.delete(id) });`,
    errors: [raw],
  },
  ...[
    `db.patch("orders", id, {})`,
    `ctx.db.replace("orders", id, {})`,
    `ctx.db.delete("orders", id)`,
  ].map((write) => ({
    code: `import { mutation } from "./_generated/server";\nmutation(({ db, ...ctx }) => ${write});`,
    output: `import { mutation } from "./rollups";\nmutation(({ db, ...ctx }) => ${write});`,
    errors: [raw],
  })),
  // convex-ents.
  {
    code: `import { mutation } from "./_generated/server";\nconst own = customMutation(mutation, NoOp);\nown(async (ctx) => (await ctx.table("orders").getX(id)).patch({}));`,
    output: `import { mutation } from "./rollups";\nconst own = customMutation(mutation, NoOp);\nown(async (ctx) => (await ctx.table("orders").getX(id)).patch({}));`,
    errors: [raw],
  },
  // Without a certain edit.
  {
    code: `import * as server from "./_generated/server";\nserver.mutation((ctx) => ctx.db.insert("orders", {}));`,
    errors: [{ ...raw, line: 2 }],
  },
  {
    code: `import { mutationGeneric } from "convex/server";\nmutationGeneric((ctx) => ctx.db.insert("orders", {}));`,
    errors: [raw],
  },
  {
    code: `export { mutation, query } from "./_generated/server";`,
    errors: [{ messageId: "exported" }],
  },
  { code: `export * from "./_generated/server";`, errors: [{ messageId: "exported" }] },
];

new RuleTester().run("no-raw-builders", rule, {
  valid: valid.map((code) => ({ code, options: orders })),
  invalid: invalid.map((one) => ({ ...one, options: orders })),
});

new RuleTester({ languageOptions: { parser: tseslint.parser } }).run(
  "no-raw-builders in TypeScript",
  rule,
  {
    valid: [
      {
        code: `import { type MutationCtx } from "./_generated/server";\nexport const pay = (ctx: MutationCtx, id: Id<"orders">) => ctx.db.patch(id, {});`,
        options: orders,
      },
      {
        code: `import type { mutation } from "./_generated/server";\nctx.db.insert("orders", {});`,
        options: orders,
      },
    ],
    invalid: [
      {
        code: `import { mutation, type MutationCtx } from "./_generated/server";\nconst pay = (ctx: MutationCtx, id: Id<"orders">) => ctx.db.patch(id, {});`,
        output: `import { type MutationCtx } from "./_generated/server";\nimport { mutation } from "./rollups";\nconst pay = (ctx: MutationCtx, id: Id<"orders">) => ctx.db.patch(id, {});`,
        options: orders,
        errors: [raw],
      },
      // Without tables, every import is an error; the module may have another name.
      {
        code: `import { mutation } from "../_generated/server";`,
        output: `import { mutation } from "../model/builders";`,
        options: [{ module: "./model/builders" }],
        errors: [raw],
      },
    ],
  },
);

test("the recommended config looks at the functions folder, and at no generated file", async () => {
  const eslint = new ESLint({
    overrideConfigFile: true,
    overrideConfig: [rollups.recommended(["orders"])],
  });
  const code = `import { mutation } from "./_generated/server";\n${insert}\n`;
  const rulesOf = async (filePath: string) =>
    (await eslint.lintText(code, { filePath }))[0]?.messages.map(({ ruleId }) => ruleId);
  expect(await rulesOf("app/convex/orders.js")).toEqual(["convex-rollups/no-raw-builders"]);
  expect(await rulesOf("app/convex/_generated/server.js")).not.toContain(
    "convex-rollups/no-raw-builders",
  );
});
