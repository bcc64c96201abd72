import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { projectRoot } from "../../../cli/demo/backendProcess.js";
import { layOutApp, ordersTable, schemaOf } from "./app.js";

const schemas = {
  orders: ordersTable,
  strings: `  events: defineTable({ orgId: v.string(), kind: v.optional(v.string()), tags: v.array(v.string()), category: v.array(v.string()), score: v.optional(v.number()), at: v.number() }).index("a", ["orgId"]).index("b", ["orgId", "at"]),`,
  alone: `  readings: defineTable({ kind: v.union(v.literal(1), v.literal(2)), temperature: v.number() }),`,
};

test("what init writes type-checks against the package, and check finds nothing in it", async () => {
  const app = await layOutApp({});
  const paths: string[] = [];
  for (const [name, tables] of Object.entries(schemas)) {
    for (const file of ["server.d.ts", "server.js", "dataModel.d.ts", "api.d.ts", "api.js"])
      await app.write(`${name}/_generated/${file}`, await app.read(`convex/_generated/${file}`));
    await app.write(`${name}/schema.ts`, schemaOf(tables));
    expect((await app.run("init", "--dir", name)).stderr).toBe("");
    expect(await app.run("check", "--dir", name)).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^nothing found/),
    });
    paths.push(join(app.root, name, "rollups.ts"));
  }
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    skipLibCheck: true,
    noEmit: true,
    types: ["node"],
    paths: { "convex-rollups": [join(projectRoot, "src/client/index.ts")] },
  });
  const problems = paths
    .flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  expect(problems).toEqual([]);
});
