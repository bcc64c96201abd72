import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../../cli/demo/backendProcess.js";
import { config, layOutApp, ordersRollups, ordersTable, schemaOf } from "./app.js";

const app = (files: Record<string, string>) =>
  layOutApp({
    "convex/schema.ts": schemaOf(ordersTable),
    "convex/rollups.ts": ordersRollups,
    "convex/convex.config.ts": config,
    ...files,
  });

const order = `{ orgId, customerId: "c", amount: 1, status: "paid", createdAt: 1, items: [] }`;

/** Functions that write through the app's helpers; `builder` makes them. */
const moduleWith = (imports: string, builder = "mutation") => `${imports}
import { v } from "convex/values";
import { pay, rename } from "./model/orders";

export const create = ${builder}({
  args: { orgId: v.id("orgs") },
  handler: async (ctx, { orgId }) => {
    await ctx.db.insert("orders", ${order});
  },
});
export const settle = ${builder}({
  args: { id: v.id("orders") },
  handler: (ctx, { id }) => pay(ctx, id),
});
export const retitle = ${builder}({
  args: { id: v.id("orgs") },
  handler: (ctx, { id }) => rename(ctx, id),
});
`;

const helpers = `import type { Id } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";

export async function pay(ctx: MutationCtx, id: Id<"orders">) {
  await ctx.db.patch(id, { status: "paid" });
}
export const rename = async ({ db }: MutationCtx, id: Id<"orgs">) => db.patch("orgs", id, { name: "n" });
`;

/** Place and function of each raw builder that is found. */
const placesIn = (stdout: string) =>
  [...stdout.matchAll(/^(\S+) {2}RawBuilder: (\w+)/gm)].map(
    ([, place, name]) => `${place} ${name}`,
  );

describe("an app that is in order", () => {
  test("has no findings, whatever way its builders capture", async () => {
    const { run } = await app({
      "convex/model/orders.ts": helpers,
      "convex/plain.ts": moduleWith(`import { mutation } from "./rollups";`),
      "convex/wrapped.ts": moduleWith(`import { orgMutation } from "./functions";`, "orgMutation"),
      "convex/ents.ts": `import { entMutation } from "./functions";
export const add = entMutation({ args: {}, handler: async (ctx) => { await (ctx as any).table("orders").insert({}); } });
`,
      "convex/functions.ts": `import { customCtx, customMutation } from "convex-helpers/server/customFunctions";
import { mutation as rawMutation } from "./_generated/server";
import { internalMutation, rollups } from "./rollups";

export const orgMutation = customMutation(rawMutation, rollups.capture);
export const entMutation = customMutation(rawMutation, {
  args: {},
  input: async (ctx) => {
    const { db, flush } = rollups.capturing(ctx);
    return { ctx: { db, table: (name: string) => ({ insert: (doc: any) => db.insert(name as never, doc) }) }, args: {}, onSuccess: flush };
  },
});
export const nightly = customMutation(internalMutation, customCtx(() => ({})));
`,
      "convex/others.ts": `import { mutation } from "./_generated/server";
import { v } from "convex/values";
export const rename = mutation({
  args: { id: v.id("orgs") },
  handler: async (ctx, { id }) => {
    const org = await ctx.db.get(id);
    await ctx.db.replace(id, { name: org!.name + "!" });
    new Map([[1, 2]]).delete(1);
    await ctx.storage.delete("x" as any);
  },
});
`,
      // Neither is pushed with the app.
      "convex/orders.test.ts": moduleWith(`import { mutation } from "./_generated/server";`),
      "convex/components/part/convex.config.ts": "export default null;\n",
      "convex/components/part/orders.ts": moduleWith(
        `import { mutation } from "./_generated/server";`,
      ),
    });
    expect(await run("check")).toEqual({
      status: 0,
      stdout: "nothing found (8 modules, cubes over orders)\n",
      stderr: "",
    });
  });
});

describe("a raw builder", () => {
  test("is found where its functions write a cube's table, themselves or through helpers", async () => {
    const { run } = await app({
      "convex/model/orders.ts": helpers,
      "convex/admin/orders.ts": moduleWith(
        `import { internalMutation as fn } from "../_generated/server";`,
        "fn",
      ).replace("./model", "../model"),
      "convex/whole.ts": moduleWith(
        `import * as server from "./_generated/server";`,
        "server.mutation",
      ),
    });
    const { status, stdout } = await run("check");
    expect(status).toBe(1);
    expect(stdout)
      .toBe(`convex/admin/orders.ts:5  RawBuilder: create writes orders (convex/admin/orders.ts:8), and the rollups do not see it.
    At convex/admin/orders.ts:1, import { internalMutation } from "../rollups" instead; the builder that is imported there does not capture.
convex/admin/orders.ts:11  RawBuilder: settle writes orders (convex/model/orders.ts:5), and the rollups do not see it.
    At convex/admin/orders.ts:1, import { internalMutation } from "../rollups" instead; the builder that is imported there does not capture.
convex/whole.ts:5  RawBuilder: create writes orders (convex/whole.ts:8), and the rollups do not see it.
    At convex/whole.ts:5, import { mutation } from "./rollups" instead; the builder that is imported there does not capture.
convex/whole.ts:11  RawBuilder: settle writes orders (convex/model/orders.ts:5), and the rollups do not see it.
    At convex/whole.ts:11, import { mutation } from "./rollups" instead; the builder that is imported there does not capture.
4 found (5 modules, cubes over orders)
`);
  });

  test("is found behind re-exports, wrappers, migrations and Convex's generic one", async () => {
    const { run } = await app({
      "convex/model/orders.ts": helpers,
      "tsconfig.json": `{}`,
      "convex/tsconfig.json": `{ "compilerOptions": { "module": "ESNext", "moduleResolution": "Bundler", "strict": true, "skipLibCheck": true, "paths": { "~/*": ["./*"] } } }`,
      "convex/builders.ts": `export { mutation as write } from "~/_generated/server";
export * from "./_generated/server";
`,
      "convex/again.ts": moduleWith(`import { write } from "~/builders";`, "write"),
      "convex/star.ts": moduleWith(
        `import { internalMutation } from "./builders";`,
        "internalMutation",
      ),
      "convex/functions.ts": `import { customCtx, customMutation, NoOp } from "convex-helpers/server/customFunctions";
import { internalMutation, mutation } from "./_generated/server";

const logged = customMutation(mutation, NoOp);
export const orgMutation = customMutation(logged, customCtx(() => ({ org: 1 })));
class Migrations {
  constructor(readonly options: { internalMutation: typeof internalMutation }) {}
  define(options: object) { return options; }
}
export const migrations = new Migrations({ internalMutation });
`,
      "convex/wrapped.ts": moduleWith(`import { orgMutation } from "./functions";`, "orgMutation"),
      "convex/migrations.ts": `import { migrations } from "./functions";
export const fill = migrations.define({ table: "orders", migrateOne: () => ({ amount: 0 }) });
export const orgs = migrations.define({ table: "orgs", migrateOne: () => ({ name: "" }) });
`,
      "convex/generic.ts": moduleWith(
        `import { mutationGeneric } from "convex/server";`,
        "mutationGeneric",
      ),
    });
    const { status, stdout } = await run("check");
    expect(status).toBe(1);
    expect(placesIn(stdout)).toEqual([
      "convex/again.ts:5 create",
      "convex/again.ts:11 settle",
      "convex/generic.ts:5 create",
      "convex/generic.ts:11 settle",
      "convex/migrations.ts:2 fill",
      "convex/star.ts:5 create",
      "convex/star.ts:11 settle",
      "convex/wrapped.ts:5 create",
      "convex/wrapped.ts:11 settle",
    ]);
    expect(stdout).toContain(
      `At convex/functions.ts:2, import { mutation } from "./rollups" instead; the`,
    );
    expect(stdout).toContain(
      `At convex/functions.ts:2, import { internalMutation } from "./rollups"`,
    );
  });

  test("is found below convex-ents, whose documents write themselves", async () => {
    const { run } = await app({
      "convex/schema.ts": `import { v } from "convex/values";
import { defineEnt, defineEntSchema, getEntDefinitions } from "convex-ents";

const schema = defineEntSchema({
  orgs: defineEnt({ name: v.string() }).edges("orders", { ref: true }),
  orders: defineEnt({ amount: v.number(), status: v.string(), createdAt: v.number() })
    .edge("org")
    .index("by_org_created", ["orgId", "createdAt"]),
});
export default schema;
export const entDefinitions = getEntDefinitions(schema);
`,
      "convex/functions.ts": `import { entsTableFactory } from "convex-ents";
import { customCtx, customMutation } from "convex-helpers/server/customFunctions";
import { mutation as rawMutation } from "./_generated/server";
import { mutation as capturing } from "./rollups";
import { entDefinitions } from "./schema";

export const mutation = customMutation(
  rawMutation,
  customCtx(async (ctx) => ({ table: entsTableFactory(ctx, entDefinitions), db: undefined })),
);
export const capturingMutation = customMutation(
  capturing,
  customCtx(async (ctx) => ({ table: entsTableFactory(ctx as any, entDefinitions), db: undefined })),
);
`,
      "convex/orders.ts": `import { v } from "convex/values";
import { capturingMutation, mutation } from "./functions";

const id = v.id("orders");
const orgId = v.id("orgs");
export const add = mutation({
  args: { orgId },
  handler: async (ctx, { orgId }) => {
    await ctx.table("orders").insert({ orgId, amount: 1, status: "paid", createdAt: 1 });
  },
});
export const pay = mutation({
  args: { id },
  handler: async (ctx, { id }) => {
    await ctx.table("orders").getX(id).patch({ status: "paid" });
  },
});
export const remove = mutation({
  args: { orgId },
  handler: async (ctx, { orgId }) => {
    for (const order of await ctx.table("orgs").getX(orgId).edge("orders")) await order.delete();
  },
});
export const rename = mutation({
  args: { orgId },
  handler: async (ctx, { orgId }) => {
    const org = await ctx.table("orgs").getX(orgId);
    await org.patch({ name: "n" });
    await ctx.table("orgs").insert({ name: "m" });
  },
});
export const seen = capturingMutation({
  args: { orgId },
  handler: async (ctx, { orgId }) => {
    await ctx.table("orders").insert({ orgId, amount: 1, status: "paid", createdAt: 1 });
  },
});
`,
    });
    const { status, stdout } = await run("check");
    expect(status).toBe(1);
    expect(placesIn(stdout)).toEqual([
      "convex/orders.ts:6 add",
      "convex/orders.ts:12 pay",
      "convex/orders.ts:18 remove",
    ]);
    expect(stdout).toContain(
      `At convex/functions.ts:3, import { mutation } from "./rollups" instead; the`,
    );
  });

  test("is found where no type tells which table is written", async () => {
    const { run } = await app({
      "convex/any.ts": `import { mutation } from "./_generated/server";
import { v } from "convex/values";
export const remove = mutation({
  args: { id: v.string() },
  handler: async (ctx, { id }) => {
    await ctx.db.delete(id as any);
  },
});
export const either = mutation({
  args: { id: v.union(v.id("orgs"), v.id("orders")) },
  handler: async (ctx, { id }) => {
    await ctx.db.delete(id);
  },
});
`,
    });
    const { status, stdout } = await run("check");
    expect(status).toBe(1);
    expect(stdout).toContain(
      "convex/any.ts:3  RawBuilder: remove writes a table that no type tells (convex/any.ts:6), and",
    );
    expect(stdout).toContain(
      "convex/any.ts:9  RawBuilder: either writes orders (convex/any.ts:12), and",
    );
  });

  test("is found in JavaScript", async () => {
    const { run } = await layOutApp({
      "convex/schema.js": schemaOf(ordersTable),
      "convex/rollups.js": ordersRollups,
      "convex/convex.config.js": config,
      "convex/orders.js": `import { mutation } from "./_generated/server";
export const create = mutation({ handler: async (ctx, orgId) => { await ctx.db.insert("orders", ${order}); } });
`,
    });
    const { stdout } = await run("check");
    expect(stdout).toMatch(/^convex\/orders\.js:2 {2}RawBuilder: create writes orders /);
  });
});

describe("cubes and schema", () => {
  test("that disagree are found as a push would refuse them, all cubes at once", async () => {
    const cube = (text: string) => `${text}, dimensions: {}, measures: {}, rollups: {} },`;
    const { run } = await app({
      "convex/schema.ts": schemaOf(
        ordersTable.replace(`.index("by_org_created", ["orgId", "createdAt"])`, ""),
      ),
      "convex/rollups.ts": ordersRollups.replace(
        "cubes: {",
        `cubes: {
    ${cube(`returns: { tenant: "orgId", time: "createdAt"`)}
    ${cube(`refunds: { table: "orders", tenant: "org", time: "createdAt"`)}
    ${cube(`paid: { table: "orders", tenant: "orgId", time: "paidAt"`)}`,
      ),
    });
    const { status, stdout } = await run("check");
    expect(status).toBe(1);
    const found = [...stdout.matchAll(/^convex\/rollups\.ts {2}InvalidDefinition: (.*)$/gm)];
    expect(found.map(([, message]) => message)).toEqual([
      expect.stringMatching(/^Cube "returns": the schema has no table "returns"/),
      expect.stringMatching(
        /^Cube "refunds": the tenant: .* no field "org". Did you mean "orgId"\?/,
      ),
      expect.stringMatching(/^Cube "paid": .* has no field "paidAt"/),
      `Cube "orders": table "orders" needs an index over ["orgId", "createdAt"]. ` +
        `In the schema, add .index("by_orgId_and_createdAt", ["orgId", "createdAt"]) to it.`,
    ]);
    expect(stdout).toMatch(/\n4 found \(2 modules, cubes over returns, orders\)\n$/);
  });

  test("that agree one by one are compared with each other", async () => {
    const { run } = await app({
      "convex/rollups.ts": ordersRollups.replace(
        "cubes: {",
        `cubes: {
    all: { table: "orders", time: "_creationTime", dimensions: {}, measures: { count: "count" }, rollups: {} },`,
      ),
    });
    const { status, stdout } = await run("check");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^convex\/rollups\.ts {2}InvalidDefinition: .*\n1 found/);
  });

  test("need the component in the config", async () => {
    const missing = await app({});
    await missing.remove("convex/convex.config.ts");
    expect((await missing.run("check")).stdout).toMatch(
      /^convex\/convex\.config\.ts {2}NoComponent: /,
    );
    const unused = await app({
      "convex/convex.config.ts": `import rollups from "convex-rollups/convex.config";\nimport { defineApp } from "convex/server";\nexport default defineApp();\nvoid rollups;\n`,
    });
    expect(await unused.run("check")).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/^convex\/convex\.config\.ts {2}NoComponent: /),
    });
  });

  test("are read with the app's own modules and the package's other exports", async () => {
    const { run } = await app({
      "convex/tsconfig.json": `{ "compilerOptions": { "paths": { "convex-rollups": ["../package/index.ts"] } } }`,
      "package/index.ts": `export class Rollups { constructor() { throw new Error("no deployment"); } }
export const byCustomer = { customerId: "string", gone: "string" };
`,
      "convex/rollups.ts": ordersRollups
        .replace("{ Rollups }", "{ byCustomer, Rollups }")
        .replace("import schema", `import { requireMember } from "./model/auth";\nimport schema`)
        .replace("async () => {}", "requireMember")
        .replace(`{ status: "string" }`, "byCustomer"),
      "convex/model/auth.ts": `import { internal } from "../_generated/api";
import { query, type QueryCtx } from "../_generated/server";
export const me = query({ args: {}, handler: async (ctx) => ctx.runQuery(internal.users.me) });
export async function requireMember(ctx: QueryCtx, orgId: string) { void [ctx, orgId, internal.a.b]; }
`,
    });
    const { status, stdout, stderr } = await run("check");
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(stdout).toMatch(
      /^convex\/rollups\.ts {2}InvalidDefinition: Cube "orders": dimension "gone": .*\n1 found/,
    );
  });
});

describe("check without what it needs", () => {
  test("names the file or the package that is missing", async () => {
    const { run, remove, write } = await app({});
    await remove("convex/_generated");
    expect((await run("check")).stderr).toMatch(
      /^NoGenerated: There is no convex\/_generated\/server\.d\.ts/,
    );
    await write("convex/rollups.ts", `export const x = 1;\n`);
    await write("convex/_generated/server.d.ts", "export {};\n");
    expect((await run("check")).stderr).toMatch(
      /^NoCubes: convex\/rollups\.ts makes no `new Rollups`/,
    );
    await remove("convex/rollups.ts");
    expect((await run("check")).stderr).toMatch(/^NoRollups: There is no convex\/rollups\.ts\./);
  });

  test("says what to install where no TypeScript can read modules", async () => {
    const { start, remove, root, write, read } = await app({});
    // Node remembers within a process which packages are missing.
    const packages = join(projectRoot, "node_modules");
    await remove("node_modules");
    await mkdir(join(root, "node_modules/@typescript"), { recursive: true });
    for (const name of await readdir(packages))
      if (!/^(\..*|typescript|@typescript)$/.test(name))
        await symlink(join(packages, name), join(root, "node_modules", name));
    expect((await start("check")).stderr).toMatch(
      /^NoTypeScript: The package typescript is not installed/,
    );

    await symlink(join(packages, "@typescript/native"), join(root, "node_modules/typescript"));
    expect((await start("check")).stderr).toMatch(
      /^NoTypeScript: TypeScript 7\.0\.2 has no API .*\n {2}Run `npm install --save-dev @typescript\/typescript6`/,
    );
    // Without it, init leaves an existing config to the person.
    await remove("convex/rollups.ts");
    const before = `import { defineApp } from "convex/server";\nexport default defineApp();\n`;
    await write("convex/convex.config.ts", before);
    const adopted = await start("init");
    expect(adopted.stdout).toContain(
      "1. Add to convex/convex.config.ts:\n     import rollups from",
    );
    expect(await read("convex/convex.config.ts")).toBe(before);

    await symlink(join(packages, "typescript"), join(root, "node_modules/@typescript/typescript6"));
    expect((await start("check")).stdout).toMatch(/^convex\/convex\.config\.ts {2}NoComponent/);
  });
});
