/** `export cube` and `import-model`: an app's cubes go to Cube's model and come back; strangers' models are read, not run. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../../cli/demo/backendProcess.js";
import { openApp } from "../../../cli/rollups/app/app.js";
import { evaluate } from "../../../cli/rollups/app/evaluate.js";
import { recordOptions } from "../../../cli/rollups/check/recorder.js";
import { exportModel } from "../../../cli/rollups/model/exportModel.js";
import { AppCatalogue } from "../../../src/client/cubes/catalogue.js";
import type { CatalogueOptions } from "../../../src/client/cubes/cubeOptions.js";
import type { AppSchema } from "../../../src/client/cubes/heldValues.js";
import { files } from "../../adoption/readme.js";
import { compile } from "../../cube/model/compiler.js";
import { layOutApp, ordersRollups, ordersTable, schemaOf, type TestApp } from "./app.js";

const apps = join(projectRoot, "tests/adoption/apps");

/** The modules of an app's functions folder, by their paths. README.md has those of its app. */
async function modulesOf(...folders: string[]): Promise<Record<string, string>> {
  const modules: Record<string, string> = {};
  for (const folder of folders) {
    const names = await readdir(join(apps, folder), { recursive: true });
    for (const name of names.filter((one) => /^convex\/[\w/.]+\.ts$/.test(one)))
      modules[name] = await readFile(join(apps, folder, name), "utf8");
  }
  return modules;
}

async function modelFiles(app: TestApp) {
  const folder = join(app.root, "cube/model/cubes");
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (fileName) => ({
      fileName,
      content: await readFile(join(folder, fileName), "utf8"),
    })),
  );
}

/** The proposed module, as a push would read it. */
async function proposedCubes(app: TestApp, path: string): Promise<CatalogueOptions> {
  const outfile = join(app.root, "proposed.mjs");
  await build({ entryPoints: [join(app.root, path)], outfile, format: "esm", logLevel: "silent" });
  const { cubes } = (await import(pathToFileURL(outfile).href)) as { cubes: CatalogueOptions };
  return cubes;
}

describe("an app's cubes", () => {
  test.each<[string, string[], ReadonlyMap<string, string>?]>([
    ["orders", ["orders/before", "orders/after"]],
    ["clerk", ["clerk"]],
    ["everyone", ["everyone"]],
    ["twoCubes", ["twoCubes"]],
    ["readme", ["readme"], files],
  ])(
    "are the same after export and import, and Cube takes them: %s",
    async (_, folders, others = new Map()) => {
      const app = await layOutApp({
        ...(await modulesOf(...folders)),
        ...Object.fromEntries(others),
      });
      const exported = await app.run("export", "cube");
      expect(exported).toMatchObject({ status: 0, stderr: "" });
      expect(exported.stdout).toContain("wrote cube/cube.js\n");

      const opened = openApp(app.root, undefined);
      const [recorded] = await recordOptions(opened, join(app.root, "convex/rollups.ts"));
      const schema = recorded!.schema as AppSchema;
      const before = new AppCatalogue(schema, recorded!.cubes as CatalogueOptions);
      const compiled = await compile(await modelFiles(app));
      expect(compiled.cubes.sort()).toEqual([...before.cubes.keys()].sort());

      const imported = await app.run("import-model", "cube/model", "--out", "cubes.ts");
      expect(imported).toMatchObject({ status: 0, stderr: "" });
      const after = new AppCatalogue(schema, await proposedCubes(app, "cubes.ts"));
      expect(after.definitions).toEqual(before.definitions);
      expect([...after.cubes].map(([name, { tenant }]) => [name, tenant]).sort()).toEqual(
        [...before.cubes].map(([name, { tenant }]) => [name, tenant]).sort(),
      );
    },
  );

  test("are exported from the reference app, each with its tenant", async () => {
    const app = await layOutApp({});
    const out = join(app.root, "cube");
    let said = "";
    const terminal = { cwd: projectRoot, asks: false, say: (text: string) => void (said += text) };
    await exportModel(["cube", "--out", out], terminal);
    const models = await modelFiles(app);
    expect(models.map(({ fileName }) => fileName).sort()).toEqual(["inventory.yml", "watch.yml"]);
    for (const { content } of models)
      expect(content).toContain("{SECURITY_CONTEXT.tenantId.requiredFilter('tenantId')}");
    expect(said).toContain("watch.topic: has several values per record");
    expect(await app.read("cube/model/cubes/watch.yml")).toContain("# watch.topic: has several");

    const { default: schema } = await evaluate(
      openApp(projectRoot, undefined),
      join(projectRoot, "convex/schema.ts"),
    );
    await app.run("import-model", "cube/model", "--out", "cubes.ts");
    const [recorded] = await recordOptions(
      openApp(projectRoot, undefined),
      join(projectRoot, "convex/rollups.ts"),
    );
    const [before, after] = [
      recorded!.cubes as CatalogueOptions,
      await proposedCubes(app, "cubes.ts"),
    ].map((cubes) => new AppCatalogue(schema as AppSchema, cubes).definitions);
    expect(after).toEqual(before);
  });

  test("take the targets of their rollups along, and bring them back", async () => {
    const freshness = { warn: 60_000, error: 600_000 };
    const rollups = ordersRollups.replace(
      'levels: { day: "month", month: "year" } }',
      `levels: { day: "month", month: "year" }, freshness: ${JSON.stringify(freshness)} }`,
    );
    const app = await layOutApp({
      "convex/schema.ts": schemaOf(ordersTable),
      "convex/rollups.ts": rollups,
    });
    const exported = await app.run("export", "cube");
    expect(exported.stdout).toContain(
      "orders.by_status: has a target of freshness and alerts where it is missed; Cube looks for changes every 1 minute, and alerts of nothing.",
    );
    const text = await app.read("cube/model/cubes/orders.yml");
    expect(text.match(/every: 1 minute/g)).toHaveLength(2);
    await app.run("import-model", "cube/model", "--out", "cubes.ts");
    const { orders } = await proposedCubes(app, "cubes.ts");
    expect(orders!.rollups["by_status"]).toMatchObject({ freshness });
  });

  test("are exported again over an export, and over nothing else", async () => {
    const app = await layOutApp(await modulesOf("everyone"));
    expect((await app.run("export", "cube")).status).toBe(0);
    expect((await app.run("export", "cube")).status).toBe(0);
    await app.write("cube/cube.js", "module.exports = { mine: true };");
    const refused = await app.run("export", "cube");
    expect(refused.stderr).toMatch(/^AlreadyThere: cube\/cube\.js is there already/);
    expect(await app.read("cube/cube.js")).toContain("mine");
  });

  test("give Cube a configuration that keeps tenants apart", async () => {
    const app = await layOutApp({
      "convex/schema.ts": schemaOf(ordersTable),
      "convex/rollups.ts": ordersRollups,
    });
    await app.run("export", "cube");
    await app.write("cube/config.cjs", await app.read("cube/cube.js"));
    const { default: config } = (await import(
      pathToFileURL(join(app.root, "cube/config.cjs")).href
    )) as { default: Record<string, (context: object) => string> };
    const schemaFor = (orgId: string) =>
      config.preAggregationsSchema!({ securityContext: { orgId } });
    expect(schemaFor("a")).toMatch(/^rollups_[0-9a-f]{24}$/);
    expect(schemaFor("a")).not.toBe(schemaFor("b"));
    expect(schemaFor(`"; DROP SCHEMA x`)).toMatch(/^rollups_[0-9a-f]{24}$/);
  });
});

const yamlModel = `cubes:
  - name: orders
    sql_table: public.orders
    joins:
      - { name: users, sql: "{CUBE}.user_id = {users.id}", relationship: many_to_one }
    measures:
      - { name: count, type: count, drill_members: [id] }
      - { name: revenue, type: sum, sql: amount, format: currency }
      - name: paid
        type: count
        filters: [{ sql: "{CUBE}.status = 'paid'" }]
      - { name: paid_share, type: number, sql: "1.0 * {paid} / {count}", format: percent }
      - { name: customers, type: count_distinct, sql: customer_id }
      - { name: gross, type: sum, sql: "amount * 1.19" }
      - { name: median, type: number, sql: "percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)" }
      - { name: first, type: time, sql: "MIN(created_at)" }
      - { name: recent, type: sum, sql: amount, rolling_window: { trailing: 7 day } }
      - { name: to_date, type: sum, sql: amount, rolling_window: { type: to_date, granularity: month } }
      - { name: last_year, type: number, multi_stage: true, sql: "{revenue}", time_shift: [{ interval: 1 year, type: prior }] }
    dimensions:
      - { name: id, type: string, sql: id, primary_key: true }
      - { name: status, type: string, sql: status }
      - { name: created_at, type: time, sql: "{CUBE}.created_at" }
      - { name: initials, type: string, sql: "LEFT({CUBE}.customer_id, 2)" }
      - { name: place, type: geo, latitude: { sql: lat }, longitude: { sql: lng } }
    segments:
      - { name: big, sql: "{CUBE}.amount > 100" }
    pre_aggregations:
      - name: by_status
        measures: [CUBE.count, CUBE.revenue, CUBE.gross]
        dimensions: [CUBE.status]
        time_dimension: CUBE.created_at
        granularity: day
        partition_granularity: month
        refresh_key: { every: 1 hour }
      - { name: raw, type: original_sql }
views:
  - name: orders_view
`;

const scriptModel = `
const shared = require("./shared");
cube(\`orders\`, {
  sql: \`SELECT * FROM public.orders\`,
  measures: {
    count: { type: \`count\` },
    revenue: { sql: \`amount\`, type: \`sum\` },
    paid: { type: \`count\`, filters: [{ sql: \`\${CUBE}.status = 'paid'\` }] },
    odd: { sql: \`\${shared.price(CUBE)}\`, type: \`sum\` },
  },
  dimensions: {
    status: { sql: \`\${CUBE}.status\`, type: \`string\` },
    createdAt: { sql: \`created_at\`, type: \`time\` },
  },
  preAggregations: {
    main: {
      measures: [orders.count, CUBE.revenue],
      dimensions: [CUBE.status],
      timeDimension: CUBE.createdAt,
      granularity: \`day\`,
    },
  },
});
view("orders_view", {});
`;

describe("a model of others", () => {
  const app = () =>
    layOutApp({ "convex/schema.ts": schemaOf(ordersTable), "model.yml": yamlModel });

  test("becomes cubes by the names that the schema has, and all else is named", async () => {
    const { run, read } = await app();
    const { status, stdout } = await run("import-model", "model.yml", "--out", "convex/cubes.ts");
    expect(status).toBe(0);
    const named = stdout.split("\n").slice(1, -1);
    expect(named).toMatchInlineSnapshot(`
      [
        "  views orders_view: has no counterpart.",
        "  orders: has joins, for which there is no counterpart.",
        "  orders: has refresh keys or indexes of pre-aggregations: tiles follow each write, and need neither.",
        "  orders: names no tenant: say in \`tenant\` which field tells whose a record is, if there is one.",
        "  orders.id: is a primary key; documents of Convex have _id. It is left out.",
        "  orders.initials: is no column: LEFT({CUBE}.customer_id, 2). It is left out.",
        "  orders.place: has latitude, for which cubes have no counterpart. It is left out.",
        "  orders.customerId: is added as a dimension, since its distinct values are counted.",
        "  orders.gross: is of no column: amount * 1.19. It is left out.",
        "  orders.first: is of type time, which measures have not. It is left out.",
        "  orders.to_date: has a rolling window of another kind than a length: to_date. It is left out.",
        "  orders.last_year: has multiStage, timeShift, for which there is no counterpart. It is left out.",
        "  orders.big: is a segment that has a condition that compares no dimension with values: {CUBE}.amount > 100. It is left out.",
        "  orders.by_status: holds CUBE.gross, which the cube has not here.",
        "  orders.raw: is a pre-aggregation of type original_sql, for which there is no counterpart. It is left out.",
        "  orders.amount: is read with two decimals: that is a guess, say how many it has.",
      ]
    `);
    expect(await read("convex/cubes.ts")).toMatchInlineSnapshot(`
      "// Proposed by \`npx convex-rollups import-model\`: read it once, then \`new Rollups(…, { cubes })\`.
      // views orders_view: has no counterpart.
      // orders: has joins, for which there is no counterpart.
      // orders: has refresh keys or indexes of pre-aggregations: tiles follow each write, and need neither.
      // orders: names no tenant: say in \`tenant\` which field tells whose a record is, if there is one.
      // orders.id: is a primary key; documents of Convex have _id. It is left out.
      // orders.initials: is no column: LEFT({CUBE}.customer_id, 2). It is left out.
      // orders.place: has latitude, for which cubes have no counterpart. It is left out.
      // orders.customerId: is added as a dimension, since its distinct values are counted.
      // orders.gross: is of no column: amount * 1.19. It is left out.
      // orders.first: is of type time, which measures have not. It is left out.
      // orders.to_date: has a rolling window of another kind than a length: to_date. It is left out.
      // orders.last_year: has multiStage, timeShift, for which there is no counterpart. It is left out.
      // orders.big: is a segment that has a condition that compares no dimension with values: {CUBE}.amount > 100. It is left out.
      // orders.by_status: holds CUBE.gross, which the cube has not here.
      // orders.raw: is a pre-aggregation of type original_sql, for which there is no counterpart. It is left out.
      // orders.amount: is read with two decimals: that is a guess, say how many it has.
      import type { CubeOptions } from "convex-rollups";

      export const ordersCube = {
        table: "orders",
        time: "created_at",
        fields: { amount: { type: "decimal", scale: 2 } },
        dimensions: {
          status: { type: "string", field: "status" },
          created_at: { type: "time", field: "createdAt" },
          customerId: { type: "string", field: "customerId" },
        },
        measures: {
          count: { type: "count" },
          revenue: { format: "currency", type: "sum", field: "amount" },
          paid: { type: "count", filters: [{ dimension: "status", operator: "equals", values: ["paid"] }] },
          paid_share: { format: "percent", type: "ratio", numerator: "paid", denominator: "count" },
          customers: { type: "countDistinct", dimension: "customerId" },
          median: { type: "quantile", field: "amount", q: 0.5 },
          recent: { type: "sum", field: "amount", rollingWindow: { trailing: "7 day" } },
        },
        rollups: {
          by_status: { dimensions: ["status"], measures: ["count", "revenue"], levels: { day: "month" } },
        },
      } as const satisfies CubeOptions;

      export const cubes = { orders: ordersCube };
      "
    `);
  });

  test("in JavaScript is parsed, and what is computed is named", async () => {
    const { run, write } = await app();
    await write("model.js", scriptModel);
    const { status, stdout } = await run("import-model", "model.js");
    expect(status).toBe(0);
    expect(stdout).toContain(
      `paid: { type: "count", filters: [{ dimension: "status", operator: "equals", values: ["paid"] }] }`,
    );
    expect(stdout).toContain(`main: { dimensions: ["status"], measures: ["count", "revenue"]`);
    expect(stdout).toMatch(/orders\.odd: is of no column: \{shared\.price\(CUBE\)\}/);
    expect(stdout).toMatch(/view orders_view: has no counterpart/);
  });

  test("without a time is bucketed by when its records were made", async () => {
    const { run, write } = await app();
    await write("model.yml", "cubes: [{ name: a, measures: [{ name: n, type: count }] }]");
    const { stdout } = await run("import-model", "model.yml");
    expect(stdout).toContain(`time: "creationTime"`);
    expect(stdout).toContain(`creationTime: { type: "time", from: "_creationTime" }`);
    expect(stdout).toContain("// a: has no time dimension of a field");
  });

  test("is imported as `import cube`, too", async () => {
    const { start } = await app();
    const { status, stdout } = await start("import", "cube", "model.yml");
    expect(status).toBe(0);
    expect(stdout).toContain("export const ordersCube = {");
  });
});

describe("a hostile model", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[..."bcdefgh"]
    .map((name, i) => `${name}: &${name} [${Array(10).fill(`*${"abcdefgh"[i]}`).join(",")}]`)
    .join("\n")}\ncubes: *h\n`;

  test.each([
    ["an unfinished list", "a.yml", "cubes: [", "UnreadableModel"],
    ["a cube without a name", "a.yml", "cubes: [{ sql: x }]", "UnreadableModel"],
    ["a template", "a.yml", `cubes: [{ name: "{{ evil }}" }]`, "UnreadableModel"],
    ["aliases of aliases", "a.yml", bomb, "UnreadableModel"],
    ["a deep list", "a.yml", `cubes: ${nested(100_000)}`, "UnreadableModel"],
    ["a text", "a.yml", "just text", "UnreadableModel"],
    ["nothing", "a.yml", "", "NoCubes"],
    ["a name twice", "a.yml", `cubes: [{ name: a }, { name: a }]`, "UnreadableModel"],
    ["a large file", "a.yml", `x: ${"a".repeat(1 << 20)}`, "TooLarge"],
    ["an unfinished script", "a.js", "cube(`a`, {", "UnreadableModel"],
    ["a name that is computed", "a.js", "cube(name, {})", "UnreadableModel"],
    ["an object of 50 levels", "a.js", `cube("a", { x: ${nested(50)} })`, "UnreadableModel"],
    ["a deep object", "a.js", `cube("a", { x: ${nested(100_000)} })`, "UnreadableModel"],
    ["a program", "a.js", "process.exit(7); while (true) {}", "NoCubes"],
    ["another kind of file", "a.txt", "cubes: []", "UnreadableModel"],
    ["no file", "none.yml", null, "NoFile"],
  ])("is refused by a code: %s", async (_, name, text, code) => {
    const { run, write } = await layOutApp({});
    if (text !== null) await write(name, text);
    const { status, stderr } = await run("import-model", name);
    expect(stderr.split(":")[0]).toBe(code);
    expect(status).toBe(1);
  });

  test("is not run, and its names reach nothing", async () => {
    const { run, write, exists } = await layOutApp({});
    await write(
      "a.js",
      `cube("a", {
        sqlTable: "t",
        __proto__: { polluted: true },
        [require("fs").writeFileSync("ran", "")]: 1,
        get measures() { while (true) {} },
        dimensions: {
          constructor: { sql: "x", type: "string" },
          __proto__: { sql: "x", type: "string" },
          "a-b": { sql: "x", type: "string" },
          at: { sql: "at", type: "time" },
          ok: { sql: (() => { while (true) {} })(), type: "string" },
        },
        preAggregations: { "'; DROP TABLE x; --": { measures: ["CUBE.a"] } },
      });`,
    );
    const { status, stdout } = await run("import-model", "a.js");
    expect(status).toBe(0);
    expect(exists("ran")).toBe(false);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    for (const name of ["a.constructor", "a.a-b", "a.ok", "a.'; DROP TABLE x; --"])
      expect(stdout).toContain(`// ${name}: `);
    expect(stdout).toContain(`dimensions: { at: { type: "time", field: "at" } }`);
  });
});
