import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "oxfmt";
import { describe, expect, test } from "vitest";
import { config, layOutApp, ordersTable, schemaOf } from "./app.js";
import { openTerminal } from "./terminal.js";

const ordersModule = `import { mutation, query } from "./_generated/server";
import { v } from "convex/values";

export const create = mutation({
  args: { orgId: v.id("orgs") },
  handler: async (ctx, { orgId }) => {
    await ctx.db.insert("orders", { orgId, customerId: "c", amount: 1, status: "paid", createdAt: 1, items: [] });
  },
});
export const list = query({ args: {}, handler: async (ctx) => await ctx.db.query("orders").take(10) });
`;

describe("an app with orders of organisations", () => {
  test("gets a cube, the component, and the steps that are left", async () => {
    const app = await layOutApp({
      "convex/schema.ts": schemaOf(ordersTable),
      "convex/orders.ts": ordersModule,
      "convex/model/nested.ts": `export { internalMutation } from "../_generated/server";\n`,
      "convex/reads.ts": `import { query, type MutationCtx } from "./_generated/server";\nexport { query, type MutationCtx };\n`,
    });
    const { status, stdout, stderr } = await app.run("init");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(await app.read("convex/rollups.ts")).toBe(`import { Rollups } from "convex-rollups";
import { components } from "./_generated/api";
import * as server from "./_generated/server";
import schema from "./schema";

export const rollups = new Rollups(components.rollups, {
  schema,
  // Who may "read" the figures, and who may "administer" (rebuild) them?
  // Throw to refuse and return to allow, as the rest of your app does:
  //   const identity = await ctx.auth.getUserIdentity();
  //   if (identity === null) throw new Error("Sign in first.");
  authorize: async (_ctx, orgId, need) => {
    throw new Error(
      \`Say in authorize of rollups.ts who may \${need} the figures of "\${orgId}".\`,
    );
  },
  cubes: {
    orders: {
      tenant: "orgId",
      time: "createdAt",
      dimensions: {
        status: "string",
      },
      measures: {
        count: "count",
        amount: { sum: "amount" },
      },
      rollups: {
        by_status: {
          dimensions: ["status"],
          levels: { day: "month", month: "year" },
        },
      },
    },
  },
});
const functions = rollups.functions();
export const { source, start, expire, importRows } = functions;
export const { rows, load, board, explain, meta } = functions;
export const { freshness, health } = functions;
export const { mutation, internalMutation } = rollups.mutations(server);
`);
    expect(await app.read("convex/convex.config.ts"))
      .toBe(`import rollups from "convex-rollups/convex.config";
import { defineApp } from "convex/server";

const app = defineApp();
app.use(rollups);

export default app;
`);
    expect(stdout).toBe(`A cube over the table orders:
  orgId says whose a document is.
  createdAt says when it happened.
  amount can be added up or averaged.
  status can be grouped by.
  Left out as dimensions: customerId. Add those that have few values.

wrote convex/rollups.ts
wrote convex/convex.config.ts

Left to do:
1. Say in \`authorize\` of convex/rollups.ts who may read: until then, everyone is refused.
2. Import the builders of mutations from rollups instead; other names stay where they are:
     convex/model/nested.ts:1  export { internalMutation } from "../rollups";
     convex/orders.ts:1  import { mutation } from "./rollups";
3. Push, and keep what exists already:
     npx convex dev
     npx convex run rollups:start
4. Show it in React:
     import { useRollup } from "convex-rollups/react";
     const { data } = useRollup(api.rollups.rows, { orgId }, {
       measures: ["orders.count", "orders.amount"],
       dimensions: ["orders.status"],
       timeDimensions: [{ dimension: "orders.createdAt", granularity: "day" }],
     });
5. Look for writes that the rollups would not see:
     npx convex-rollups check
`);
    for (const path of ["convex/rollups.ts", "convex/convex.config.ts"]) {
      const text = await readFile(join(app.root, path), "utf8");
      // What Prettier writes where no options are set.
      expect((await format(path, text, { printWidth: 80 })).code).toBe(text);
    }
  });

  test("is changed once: a second run refuses, and changes nothing", async () => {
    const app = await layOutApp({ "convex/schema.ts": schemaOf(ordersTable) });
    expect((await app.run("init", "--yes")).status).toBe(0);
    await app.write("convex/rollups.ts", "// mine\n");
    await app.write("convex/convex.config.ts", "// mine\n");
    const { status, stdout, stderr } = await app.run("init", "--yes");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^AlreadyThere: convex\/rollups\.ts is there already, so nothing was/);
    expect(await app.read("convex/rollups.ts")).toBe("// mine\n");
    expect(await app.read("convex/convex.config.ts")).toBe("// mine\n");
  });

  test("is only told what would change by --dry-run", async () => {
    const app = await layOutApp({
      "convex/schema.ts": schemaOf(ordersTable),
      "convex/convex.config.ts": `import { defineApp } from "convex/server";\n\nexport default defineApp();\n`,
    });
    const { status, stdout } = await app.run("init", "--dry-run");
    expect(status).toBe(0);
    expect(stdout).toContain(
      `--- /dev/null\n+++ b/convex/rollups.ts\n@@ -0,0 +1,41 @@\n+import { Rollups } from`,
    );
    expect(stdout).toContain(`--- a/convex/convex.config.ts
+++ b/convex/convex.config.ts
@@ -1,3 +1,7 @@
 import { defineApp } from "convex/server";
+import rollups from "convex-rollups/convex.config";
 
-export default defineApp();
+const app = defineApp();
+app.use(rollups);
+
+export default app;
Nothing was written (--dry-run).
`);
    expect(app.exists("convex/rollups.ts")).toBe(false);
    expect(await app.read("convex/convex.config.ts")).toContain("export default defineApp();");
  });
});

describe("the table", () => {
  const tables = `${ordersTable}
  users: defineTable({ name: v.string(), orgId: v.id("orgs"), createdAt: v.number(), role: v.string() }),
  pageViews: defineTable({
    orgId: v.string(),
    path: v.string(),
    device: v.union(v.literal("phone"), v.literal("desktop")),
    country: v.string(),
    durationMs: v.number(),
    viewedAt: v.number(),
  }).index("by_org", ["orgId"]),`;

  test("that looks most like facts is taken, and others that do are named", async () => {
    const app = await layOutApp({ "convex/schema.ts": schemaOf(tables) });
    const { stdout } = await app.run("init");
    expect(stdout).toMatch(/^A cube over the table orders:\n/);
    expect(stdout).toContain("Other tables for --table: pageViews.\n");
  });

  test("that --table names is taken, and its missing index is written out", async () => {
    const app = await layOutApp({ "convex/schema.ts": schemaOf(tables) });
    const { stdout } = await app.run("init", "--table", "pageViews");
    expect(stdout).toContain(`1. Add to the table pageViews in convex/schema.ts:
     .index("by_orgId_and_viewedAt", ["orgId", "viewedAt"])
2. Say in`);
    expect(await app.read("convex/rollups.ts")).toContain(`    pageViews: {
      tenant: "orgId",
      time: "viewedAt",
      dimensions: {
        device: "string",
        country: "string",
      },
      measures: {
        count: "count",
        durationMs: { sum: "durationMs" },
      },
      rollups: {
        by_device: {
          dimensions: ["device"],
          levels: { day: "month", month: "year" },
        },
        by_country: {
`);
  });

  test("must be in the schema, and must look like facts unless it is named", async () => {
    const app = await layOutApp({
      "convex/schema.ts": schemaOf(`  users: defineTable({ name: v.string() }),`),
    });
    const unknown = await app.run("init", "--table", "order");
    expect(unknown.status).toBe(1);
    expect(unknown.stderr).toBe(`NoTable: convex/schema has no table "order".\n  It has: users.\n`);
    const none = await app.run("init");
    expect(none.status).toBe(1);
    expect(none.stderr).toMatch(/^NoFacts: No table of convex\/schema looks like records/);
    expect(app.exists("convex/rollups.ts")).toBe(false);
    expect((await app.run("init", "--table", "users")).status).toBe(0);
  });

  test("may belong to nobody: then there is no tenant and no argument", async () => {
    const app = await layOutApp({
      "convex/schema.ts": schemaOf(`  readings: defineTable({
    sensor: v.string(),
    kind: v.union(v.literal("heat"), v.literal("noise")),
    temperature: v.optional(v.number()),
    takenAt: v.number(),
  }),`),
    });
    const { stdout } = await app.run("init");
    const text = await app.read("convex/rollups.ts");
    expect(text).toContain("authorize: async (_ctx, _tenant, need) => {");
    expect(text).not.toContain("tenant:");
    expect(text).toContain(`averageTemperature: { avg: "temperature" },`);
    expect(stdout).toContain(`.index("by_takenAt", ["takenAt"])`);
    expect(stdout).toContain("useRollup(api.rollups.rows, {}, {");
  });
});

test("a person at a terminal picks the table and agrees to the files", async () => {
  const app = await layOutApp({
    "convex/schema.ts": schemaOf(`${ordersTable}
  visits: defineTable({ orgId: v.string(), kind: v.string(), visitedAt: v.number() }),`),
  });
  const terminal = openTerminal(app.root, "init");
  await terminal.until("Which table");
  terminal.type("\u001b[B");
  await terminal.until("visitedAt");
  terminal.type("\r");
  await terminal.until("Write convex/rollups.ts and convex/convex.config.ts?");
  expect(app.exists("convex/rollups.ts")).toBe(false);
  terminal.type("\r");
  await terminal.until("Left to do:");
  expect(await terminal.status).toBe(0);
  expect(await app.read("convex/rollups.ts")).toContain("    visits: {\n");

  await app.remove("convex/rollups.ts");
  await app.remove("convex/convex.config.ts");
  const again = openTerminal(app.root, "init", "--table", "orders");
  await again.until("Write convex/rollups.ts and");
  again.type("n");
  await again.until("Cancelled: Nothing was written.");
  expect(await again.status).toBe(1);
  expect(app.exists("convex/rollups.ts") || app.exists("convex/convex.config.ts")).toBe(false);
});

describe("the config", () => {
  const start = async (text: string) => {
    const app = await layOutApp({
      "convex/schema.ts": schemaOf(ordersTable),
      "convex/convex.config.ts": text,
    });
    const finished = await app.run("init");
    return { ...finished, text: await app.read("convex/convex.config.ts") };
  };

  test("keeps other components and its comments", async () => {
    const { stdout, text } = await start(`import { defineApp } from "convex/server";
import aggregate from "@convex-dev/aggregate/convex.config.js";

const app = defineApp();
app.use(aggregate, {
  name: "byScore",
});
// The second one.
app.use(aggregate, { name: "byTime" });

export default app;
`);
    expect(stdout).toContain("changed convex/convex.config.ts\n");
    expect(text).toBe(`import { defineApp } from "convex/server";
import aggregate from "@convex-dev/aggregate/convex.config.js";
import rollups from "convex-rollups/convex.config";

const app = defineApp();
app.use(aggregate, {
  name: "byScore",
});
// The second one.
app.use(aggregate, { name: "byTime" });
app.use(rollups);

export default app;
`);
  });

  test("stays as it is where it uses the component already", async () => {
    const { stdout, text } = await start(config);
    expect(stdout).toContain("convex/convex.config.ts uses the component already\n");
    expect(text).toBe(config);
  });

  test("in a form of its own is left alone, and the lines are said", async () => {
    const before = `import { makeApp } from "./makeApp";\nexport default makeApp();\n`;
    const { status, stdout, text } = await start(before);
    expect({ status, text }).toEqual({ status: 0, text: before });
    expect(stdout).toContain(`1. Add to convex/convex.config.ts:
     import rollups from "convex-rollups/convex.config";
     app.use(rollups);
2. Say`);
  });

  test("that has something else of the name gets another name", async () => {
    const { text } = await start(`import { defineApp } from "convex/server";
import rollups from "./rollupsOfMine/convex.config";
const app = defineApp();
app.use(rollups, { name: "mine" });
export default app;
`);
    expect(text).toContain(`import convexRollups from "convex-rollups/convex.config";`);
    expect(text).toContain(`app.use(rollups, { name: "mine" });\napp.use(convexRollups);\n`);
  });
});

describe("an app's own ways", () => {
  test("imports with .js, functions elsewhere and paths of tsconfig are followed", async () => {
    const app = await layOutApp(
      {
        "convex.json": `{ "functions": "src/convex/" }`,
        "tsconfig.json": `{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }`,
        "src/convex/tsconfig.json": `{ "extends": "../../tsconfig.json" }`,
        "src/shared/status.ts": `import { v } from "convex/values";\nexport const status = v.union(v.literal("open"), v.literal("done"));\n`,
        "src/convex/schema.ts": `import { status } from "@/shared/status";\n${schemaOf(`  tasks: defineTable({ workspaceId: v.string(), status, points: v.number() }).index("by_workspace", ["workspaceId"]),`)}`,
        "src/convex/tasks.ts": `import { mutation } from "@/convex/_generated/server.js";\nexport { mutation };\n`,
      },
      { functions: "src/convex" },
    );
    const { status, stdout } = await app.run("init");
    expect(status).toBe(0);
    const text = await app.read("src/convex/rollups.ts");
    expect(text).toContain(`from "./_generated/api.js";`);
    expect(text).toContain(`import schema from "./schema.js";`);
    expect(text).toContain(`time: "_creationTime",`);
    expect(stdout).toContain(
      `src/convex/tasks.ts:1  import { mutation } from "@/convex/rollups.js";`,
    );
    expect(stdout).not.toContain(".index(");
    expect(stdout).toContain(`{ dimension: "tasks.creationTime", granularity: "day" }`);
  });

  test("JavaScript stays JavaScript, and --dir names the folder", async () => {
    const app = await layOutApp(
      { "backend/schema.js": schemaOf(ordersTable) },
      { functions: "backend" },
    );
    expect((await app.run("init")).stderr).toMatch(/^NoFunctions: There is no folder convex\//);
    const { status, stdout } = await app.run("init", "--dir", "backend");
    expect(status).toBe(0);
    expect(stdout).toContain("wrote backend/rollups.js\nwrote backend/convex.config.js\n");
  });

  test("ents' edges are fields like others", async () => {
    const app = await layOutApp({
      "convex/schema.ts": `import { v } from "convex/values";
import { defineEnt, defineEntSchema } from "convex-ents";

const schema = defineEntSchema({
  teams: defineEnt({ name: v.string() }).edges("payments", { ref: true }),
  payments: defineEnt({ cents: v.number(), currency: v.string(), paidAt: v.number() }).edge("team"),
});
export default schema;
`,
    });
    const { stdout } = await app.run("init");
    expect(stdout).toContain("teamId says whose a document is.\n  paidAt says when it happened.\n");
    expect(stdout).toContain(`.index("by_teamId_and_paidAt", ["teamId", "paidAt"])`);
    expect(stdout).not.toContain(`.index("by_teamId",`);
  });

  test("a schema that cannot be read is refused with the reason and its place", async () => {
    const app = await layOutApp({
      "convex/schema.ts": `import { x } from "./gone";\nexport default x;\n`,
    });
    const gone = await app.run("init");
    expect(gone.status).toBe(1);
    expect(gone.stderr).toMatch(
      /^NotEvaluated: convex\/schema\.ts cannot be bundled:\n {2}convex\/schema\.ts:1: Could not resolve "\.\/gone"/,
    );
    await app.write(
      "convex/schema.ts",
      `throw new Error("STRIPE_KEY is not set");\nexport default {};\n`,
    );
    expect((await app.run("init")).stderr).toMatch(
      /^NotEvaluated: convex\/schema\.ts fails when it is loaded: STRIPE_KEY is not set\n/,
    );
    await app.write("convex/schema.ts", `export const tables = {};\n`);
    expect((await app.run("init")).stderr).toMatch(/^NoSchema: convex\/schema\.ts has no default/);
  });

  test("without convex installed, the command says so", async () => {
    const app = await layOutApp({ "convex/schema.ts": schemaOf(ordersTable) });
    await app.remove("node_modules");
    expect((await app.run("init")).stderr).toBe(
      "NoConvex: The package convex is not installed.\n  Run `npm install convex`.\n",
    );
  });
});

describe("the command", () => {
  test("says what it can do, and refuses what it cannot", async () => {
    const app = await layOutApp({ "convex/schema.ts": schemaOf(ordersTable) });
    const [help, nothing, unknown, option] = await Promise.all([
      app.start("--help"),
      app.start(),
      app.start("adopt"),
      app.start("init", "--force"),
    ]);
    expect(help).toMatchObject({
      status: 0,
      stdout: expect.stringContaining("convex-rollups init"),
    });
    expect(nothing).toMatchObject({ status: 1, stderr: expect.stringMatching(/^BadUsage: Name/) });
    expect(unknown.stderr).toMatch(
      /^BadUsage: There is no command "adopt"\.\n {2}npx convex-rollups/,
    );
    expect(option.stderr).toMatch(/^BadUsage: Unknown option '--force'/);
  });

  test("ends with the status of init and check", async () => {
    const app = await layOutApp({ "convex/schema.ts": schemaOf(ordersTable) });
    const first = await app.start("init");
    expect(first).toMatchObject({ status: 0, stderr: "" });
    expect(first.stdout).toMatch(/^A cube over the table orders:\n/);
    expect(await app.start("init")).toMatchObject({ status: 1, stdout: "" });
    expect(await app.start("check")).toEqual({
      status: 0,
      stdout: "nothing found (2 modules, cubes over orders)\n",
      stderr: "",
    });
    await app.remove("convex/convex.config.ts");
    expect(await app.start("check")).toMatchObject({ status: 1, stderr: "" });
  });

  test("hands import over to the importer, with its arguments", async () => {
    const app = await layOutApp({
      "convex/schema.ts": schemaOf(ordersTable),
      "orders.ndjson": ["paid", "lost"]
        .map((status) => ({ customerId: "c1", amount: 12.5, status, createdAt: 1e12, items: [] }))
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(""),
    });
    const options = ["--set", "orgId=k57", "--dry-run"];
    const { stdout } = await app.start("import", "orders", "orders.ndjson", ...options);
    expect(stdout).toContain("2 rows, 1 accepted, 1 rejected");
    expect(stdout).toContain("row 2: UnknownChoice: status:");
    const refused = await app.start("import", "films", "orders.ndjson", ...options);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(/films/) });
  });
});
