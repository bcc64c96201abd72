/** Apps in folders of their own, as `npx convex dev` leaves them, with the real packages installed. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { projectRoot } from "../../../cli/demo/backendProcess.js";
import { describeError } from "../../../cli/failure.js";
import { check } from "../../../cli/rollups/check/check.js";
import { init } from "../../../cli/rollups/init/init.js";
import { exportModel } from "../../../cli/rollups/model/exportModel.js";
import { importModel } from "../../../cli/rollups/model/importModel.js";
import { runCommand, type Finished } from "../runCommand.js";

export interface TestApp {
  root: string;
  /** Runs a command in the app's folder, within this process. */
  run(command: keyof typeof commands, ...args: string[]): Promise<Finished>;
  /** Runs `convex-rollups` in the app's folder, as npx would. */
  start(...args: string[]): Promise<Finished>;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  exists(path: string): boolean;
}

const generated = {
  "server.d.ts": `import type { ActionBuilder, GenericActionCtx, GenericMutationCtx, GenericQueryCtx, HttpActionBuilder, MutationBuilder, QueryBuilder } from "convex/server";
import type { DataModel } from "./dataModel.js";
export declare const query: QueryBuilder<DataModel, "public">;
export declare const internalQuery: QueryBuilder<DataModel, "internal">;
export declare const mutation: MutationBuilder<DataModel, "public">;
export declare const internalMutation: MutationBuilder<DataModel, "internal">;
export declare const action: ActionBuilder<DataModel, "public">;
export declare const internalAction: ActionBuilder<DataModel, "internal">;
export declare const httpAction: HttpActionBuilder;
export type QueryCtx = GenericQueryCtx<DataModel>;
export type MutationCtx = GenericMutationCtx<DataModel>;
export type ActionCtx = GenericActionCtx<DataModel>;
`,
  "server.js": `export { actionGeneric as action, httpActionGeneric as httpAction, queryGeneric as query, mutationGeneric as mutation, internalActionGeneric as internalAction, internalMutationGeneric as internalMutation, internalQueryGeneric as internalQuery } from "convex/server";
`,
  "dataModel.d.ts": `import type { DataModelFromSchemaDefinition, DocumentByName, TableNamesInDataModel } from "convex/server";
import type { GenericId } from "convex/values";
import schema from "../schema.js";
export type DataModel = DataModelFromSchemaDefinition<typeof schema>;
export type TableNames = TableNamesInDataModel<DataModel>;
export type Doc<Name extends TableNames> = DocumentByName<DataModel, Name>;
export type Id<Name extends TableNames> = GenericId<Name>;
`,
  "api.d.ts": `export declare const api: any;
export declare const internal: any;
export declare const components: any;
`,
  "api.js": `import { anyApi, componentsGeneric } from "convex/server";
export const api = anyApi;
export const internal = anyApi;
export const components = componentsGeneric();
`,
};

/** What `npm create convex` writes. */
const tsconfig = {
  compilerOptions: {
    ...{ allowJs: true, strict: true, moduleResolution: "Bundler", jsx: "react-jsx" },
    ...{ skipLibCheck: true, allowSyntheticDefaultImports: true, target: "ESNext" },
    ...{ lib: ["ES2023", "dom"], module: "ESNext", isolatedModules: true, noEmit: true },
  },
  include: ["./**/*"],
  exclude: ["./_generated"],
};

/** Lays out an app with `files`, by path; it is removed when the test ends. */
export async function layOutApp(
  files: Record<string, string>,
  { functions = "convex" } = {},
): Promise<TestApp> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "rollups-app-")));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const path = (name: string) => join(root, name);
  const write = async (name: string, text: string) => {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), text);
  };
  await symlink(join(projectRoot, "node_modules"), path("node_modules"));
  await write("package.json", JSON.stringify({ name: "app", private: true, type: "module" }));
  await write(`${functions}/tsconfig.json`, JSON.stringify(tsconfig));
  for (const [name, text] of Object.entries(generated))
    await write(`${functions}/_generated/${name}`, text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return {
    root,
    run: (command, ...args) => runHere(root, command, args),
    start: (...args) => runCommand("rollups/main", args, root),
    read: (name) => readFile(path(name), "utf8"),
    write,
    remove: (name) => rm(path(name), { recursive: true }),
    exists: (name) => existsSync(path(name)),
  };
}

const commands = { init, check, export: exportModel, "import-model": importModel };

async function runHere(
  cwd: string,
  command: keyof typeof commands,
  args: string[],
): Promise<Finished> {
  let stdout = "";
  const terminal = { cwd, asks: false, say: (text: string) => void (stdout += text) };
  try {
    const found = await commands[command](args, terminal);
    return { status: (found ?? 0) > 0 ? 1 : 0, stdout, stderr: "" };
  } catch (error) {
    return { status: 1, stdout, stderr: `${describeError(error)}\n` };
  }
}

/** A schema of these tables, as people write it. */
export function schemaOf(tables: string): string {
  return `import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
${tables}
});
`;
}

/** Orders of organisations, with the indexes that a cube needs. */
export const ordersTable = `  orgs: defineTable({ name: v.string() }),
  orders: defineTable({
    orgId: v.id("orgs"),
    customerId: v.string(),
    amount: v.number(),
    status: v.union(v.literal("pending"), v.literal("paid"), v.literal("refunded")),
    createdAt: v.number(),
    items: v.array(v.object({ sku: v.string(), quantity: v.number() })),
  })
    .index("by_org", ["orgId"])
    .index("by_org_created", ["orgId", "createdAt"]),`;

/** The `rollups.ts` of an app with orders. */
export const ordersRollups = `import { Rollups } from "convex-rollups";
import { components } from "./_generated/api";
import * as server from "./_generated/server";
import schema from "./schema";

export const rollups = new Rollups(components.rollups, {
  schema,
  authorize: async () => {},
  cubes: {
    orders: {
      tenant: "orgId",
      time: "createdAt",
      dimensions: { status: "string" },
      measures: { count: "count", revenue: { sum: "amount" } },
      rollups: { by_status: { dimensions: ["status"], levels: { day: "month", month: "year" } } },
    },
  },
});
export const { source, start, rows } = rollups.functions();
export const { mutation, internalMutation } = rollups.mutations(server);
`;

export const config = `import rollups from "convex-rollups/convex.config";
import { defineApp } from "convex/server";

const app = defineApp();
app.use(rollups);
export default app;
`;
