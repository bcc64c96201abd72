/** Everything in README.md runs as it stands: its files, its commands, its answer and its tables. */
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { overHttp, overStdio } from "../mcp/agents.js";
import { readDemoOptions } from "../../cli/demo/demoOptions.js";
import { defaultLimits } from "../../convex/components/rollups/limits/limits.js";
import { Backend, until, type Answer, type Caller } from "./backend.js";
import { Installation, type AppFolder } from "./layOut.js";
import { answer, files, readme, shellLines, tableRows } from "./readme.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

const installation = Installation.of(inject("packed"));
let backend: Backend;
let app: AppFolder;
let ann: Caller;
let orgId: string;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(app.cwd, path)), { recursive: true });
  await writeFile(join(app.cwd, path), text);
}

/** Runs a command of the packages that the app has installed. */
async function npx(...args: string[]): Promise<{ stdout: string }> {
  return await run("npx", ["--no-install", ...args], { cwd: app.cwd });
}

async function ask(query: object): Promise<Answer> {
  return await ann.query<Answer>("rollups:rows", { orgId, query });
}

const chart = {
  measures: ["orders.revenue"],
  dimensions: ["orders.status"],
  timeDimensions: [{ dimension: "orders.createdAt", granularity: "day" }],
};

beforeAll(async () => {
  backend = await Backend.start();
  app = await installation.layOut("apps/readme");
});

afterAll(async () => {
  await backend.stop();
});

test("init writes the config of step 1 and a module with the exports of step 2", async () => {
  await write("convex/schema.ts", files.get("convex/schema.ts")!);
  await npx("convex-rollups", "init", "--yes");
  const written = async (path: string) => await readFile(join(app.cwd, path), "utf8");
  const config = files.get("convex/convex.config.ts")!;
  expect(await written("convex/convex.config.ts")).toBe(config.slice(config.indexOf("\n") + 1));
  const exported = (text: string) => text.slice(text.indexOf("const functions"));
  const proposed = await written("convex/rollups.ts");
  expect(exported(proposed)).toBe(exported(files.get("convex/rollups.ts")!));
  expect(proposed).toContain('tenant: "orgId"');
  await rm(join(app.cwd, "convex/rollups.ts"));
});

test("its files type-check, can be pushed, and check finds nothing", async () => {
  for (const [path, text] of files) await write(path, text);
  await backend.push(app);
  expect(await app.typeErrors()).toBe("");
  expect((await npx("convex-rollups", "check")).stdout).toMatch(/^nothing found/m);
});

test("its chart does not compile with a misspelt member, or with a column that is not asked for", async () => {
  const revenue = files.get("src/Revenue.tsx")!;
  await write("src/Revenue.tsx", revenue.replace('["orders.revenue"]', '["orders.revenu"]'));
  expect(await app.typeErrors()).toMatch(/"orders\.revenu".*Did you mean '"orders\.revenue"'/);
  await write("src/Revenue.tsx", revenue.replace('row["orders.revenue"]', 'row["orders.count"]'));
  expect(await app.typeErrors()).toContain("'orders.count' does not exist");
  await write("src/Revenue.tsx", revenue);
});

test("after its mutation, the query of its chart gets the answer that it shows", async () => {
  ann = await backend.signedIn("ann");
  orgId = await backend.admin.mutation("seed:org", { token: `${backend.local.url}|ann` });
  await ann.mutation("orders:place", { orgId, amount: 12.5 });
  expect(await ask(chart)).toMatchObject({ ...answer, servedBy: "scan" });
  await backend.run(app, "rollups:start");
  await until(async () => (await ask(chart)).servedBy !== "scan");
  expect(await ask(chart)).toMatchObject(answer);
  expect(await ann.query("report:best", { orgId })).toBe(12.5);
});

test("Cube's client gets the same answer from its HTTP routes", async () => {
  const link = `${backend.local.siteUrl}/cubejs-api/v1/load?query=${JSON.stringify(chart)}`;
  const headers = { authorization: await backend.token("ann"), "x-rollups-tenant": orgId };
  const response = await fetch(link, { headers });
  expect(response.status).toBe(200);
  const { data } = (await response.json()) as { data: object[] };
  expect(data).toMatchObject(answer.data);
});

test("agents get the same answer from its route, and from the command over stdio", async () => {
  const { url, siteUrl } = backend.local;
  const command = {
    file: process.execPath,
    args: [
      join(app.cwd, "node_modules/convex-rollups/dist/cli/rollups/main.js"),
      ...["mcp", "--tenant-argument", "orgId"],
    ],
    cwd: app.cwd,
  };
  const subject = { url, siteUrl, token: await backend.token("ann"), tenantId: orgId, command };
  for (const open of [overHttp, overStdio]) {
    const agent = await open(subject);
    const { structuredContent } = await agent.call("query", { query: chart });
    expect(structuredContent).toMatchObject({ ...answer, watermark: expect.any(String) });
    await agent.close();
  }
});

test("its test with convex-test passes", async () => {
  expect(await app.test()).toContain("1 passed");
});

test("its ESLint config accepts the app, and names a raw builder", async () => {
  const eslint = () => npx("eslint", "--quiet", "convex");
  expect((await eslint()).stdout).toBe("");
  const raw = files.get("convex/orders.ts")!.replace(/"\.\/rollups"/, '"./_generated/server"');
  await write("convex/raw.ts", raw);
  await expect(eslint()).rejects.toMatchObject({
    stdout: expect.stringMatching(/no-raw-builders/),
  });
  await rm(join(app.cwd, "convex/raw.ts"));
});

test("every command exists, with its flags", async () => {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const known = [
    ...["npm install", "npm install convex-rollups", "npx convex dev", "npm test"],
    ...["npx convex run rollups:start", "npx convex-rollups init", "npx convex-rollups check"],
    ...Object.keys(scripts).map((name) => `npm run ${name}`),
  ];
  expect(shellLines.filter((line) => !known.includes(line))).toEqual([]);
  const named = [...readme.matchAll(/`npm run ([\w:-]+)/g)].map(([, name = ""]) => name);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  const flags = /Flags after `--`:([^.(]*)/.exec(readme)?.[1] ?? "";
  const given = [...flags.matchAll(/`(--[\w-]+)/g)].map(([, flag = ""]) => flag);
  expect(given).toHaveLength(9);
  const bare = ["--no-ui", "--empty"];
  for (const flag of given) {
    const value = flag === "--profile" ? "relaxed" : flag === "--limits" ? "{}" : "5000";
    expect(() => readDemoOptions(bare.includes(flag) ? [flag] : [flag, value])).not.toThrow();
  }
});

test("its bounds are those in force", () => {
  const { answers, fold, log } = defaultLimits;
  const text = readme.replace(/\s+/g, " ");
  const say = (n: number) => n.toLocaleString("en");
  expect(text).toContain(`scanned, up to ${say(answers.scanRecords)};`);
  expect(text).toContain(`more than ${say(answers.scanRecords)} records to scan`);
  expect(text).toContain(`scanned up to ${say(answers.scanRecords)} records`);
  expect(text).toContain(`beyond ${say(answers.tailChanges)} unfolded changes`);
  expect(text).toContain(`up to ${log.rowChanges} changes or ${log.rowBytes / 1000} kB`);
  expect(text).toContain(`${fold.restMsMin / 1000} to ${fold.restMsMax / 1000} s after a write`);
  expect(text).toContain(`${fold.writeBytesPerSecond / 2 ** 20} MiB of tiles a second`);
});

/** A number from 0 to a bound. */
const within = (most: number): unknown => expect.toSatisfy((off: number) => off <= most);

/** What each measure of the table is for one order of 12.5 that is paid. */
const measured: Record<string, number> = {
  ...{ count: 1, average: 12.5, paid: 12.5, lastWeek: 12.5, paidShare: 1, spread: 0 },
  ...{ balance: 12.5, customers: 1, aboutCustomers: 1, median: 12.5, p95: 12.5 },
};
/** And what each dimension. */
const grouped: Record<string, string | number> = {
  ...{ customerId: "ann", isGift: "false", tag: "web", weekday: 7 },
};

test("every kind of measure and dimension in its table works in the cube", async () => {
  const rows = tableRows("kind");
  const examples = rows.flatMap(({ name, code }) => {
    const kind = name.startsWith("…") ? "measure" : name.split(":")[0]!;
    const [example = ""] = code;
    return kind.startsWith("filter") || kind === "order statistic"
      ? []
      : [{ kind, example, name: example.split(":")[0]! }];
  });
  const list = (kind: string) =>
    examples.flatMap((one) => (one.kind === kind ? [`${one.example},`] : [])).join("\n");
  const [statistic] = rows.find(({ name }) => name === "order statistic")!.code;
  const text = files
    .get("convex/rollups.ts")!
    .replace(/dimensions: \{.*/, `dimensions: { status: "string", ${list("dimension")} },`)
    .replace(
      /measures: \{ count.*/,
      `measures: { revenue: { sum: "amount" }, ${list("measure")} largest: { max: "amount" } },`,
    )
    .replace(
      /( *)rollups: \{ by/,
      `$1fields: { amount: { type: "decimal", scale: 2 } }, orderStatistics: { ${statistic} },\n$&`,
    );
  await write("convex/rollups.ts", text);
  await backend.push(app);
  expect(await app.typeErrors()).toBe("");
  const timeDimensions = [{ ...chart.timeDimensions[0], dateRange: ["2026-03-01", "2026-03-01"] }];
  for (const { kind, name } of examples) {
    if (kind === "measure") {
      const { data } = await ask({ measures: [`orders.${name}`], timeDimensions });
      const value = Number(data[0]?.[`orders.${name}`]);
      // A quantile is within 1 %; all others are these values, for so few records.
      const off = Math.abs(value - measured[name]!) / (measured[name]! || 1);
      expect({ name, off }).toEqual({ name, off: name === "median" ? within(0.01) : 0 });
    } else if (name !== "createdAt") {
      const { data } = await ask({ measures: ["orders.count"], dimensions: [`orders.${name}`] });
      expect({ name, value: data[0]?.[`orders.${name}`] }).toEqual({ name, value: grouped[name] });
    }
  }
  await backend.run(app, "rollups:start");
  const ordered = async () => await ask({ measures: ["orders.p95"] });
  await until(async () => (await ordered()).servedBy === "orders.amounts@1");
  expect((await ordered()).data).toEqual([{ "orders.p95": 12.5 }]);
  const fortnight = { dimension: "orders.createdAt", granularity: "fortnight" };
  const { data } = await ask({ measures: ["orders.count"], timeDimensions: [fortnight] });
  expect(data[0]?.["orders.createdAt.fortnight"]).toBe("2026-02-23T00:00:00.000");
});

test("every key of a query in its table works", async () => {
  for (const { name, code } of tableRows("key")) {
    // The README's own text, as an object.
    const part = new Function(`return { ${code.join(", ")} }`)() as object;
    const { data } = await ask({ measures: ["orders.revenue"], ...part });
    expect({ name, rows: data.length > 0 }).toEqual({ name, rows: true });
  }
});

/** A member of each kind, and a value with which its record is counted or, by a negation, is not. */
const operands: Record<string, { member: string; value: string }> = {
  filter: { member: "orders.status", value: "paid" },
  "filter on text": { member: "orders.status", value: "paid" },
  "filter on number": { member: "orders.weekday", value: "7" },
  "filter on time": { member: "orders.createdAt", value: "2026-03-01" },
};

test("every operator in its table is one, on its kind of member", async () => {
  const operators = tableRows("kind").filter(({ name }) => name.startsWith("filter"));
  expect(operators.map(({ name }) => name)).toEqual(Object.keys(operands));
  for (const { name, code } of operators) {
    const { member, value } = operands[name]!;
    for (const operator of code) {
      const isUnary = /^(set|notSet)$/.test(operator);
      const filter = isUnary ? { member, operator } : { member, operator, values: [value] };
      const { data } = await ask({ measures: ["orders.count"], filters: [filter] });
      const counts = !/^(not|beforeDate$|afterDate$|gt$|lt$)/.test(operator);
      expect({ operator, count: data[0]?.["orders.count"] }).toEqual({
        operator,
        count: counts ? 1 : 0,
      });
    }
  }
});
