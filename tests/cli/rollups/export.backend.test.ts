/** `export parquet|csv|ndjson`, read back by DuckDB: the same rows as `load` answers, of the commit that the file names. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Tenant } from "../../../bench/support/tenant.js";
import { ensureTenant } from "../../../cli/connection.js";
import { projectRoot } from "../../../cli/demo/backendProcess.js";
import { BackendClient } from "../../../cli/backendClient.js";
import { describeError } from "../../../cli/failure.js";
import { Asking, type Query } from "../../../cli/rollups/export/asking.js";
import type { Exporting } from "../../../cli/rollups/export/exporting.js";
import { exportQuery } from "../../../cli/rollups/export/queryExport.js";
import type { About, Part } from "../../../cli/rollups/export/about.js";
import { exportRows } from "../../../cli/rollups/export/export.js";
import type { LocalBackend } from "../../../local/backend.js";
import { pushApp } from "../../../local/push.js";
import type { Row } from "../../../lib/query/answer.js";
import { stock } from "../../cube/movements.js";
import { startStage } from "../../support/stage.js";
import { startCommand } from "../runCommand.js";

let backend: LocalBackend;
let acme: Tenant;
let duck: DuckDBConnection;
let folder: string;

beforeAll(async () => {
  backend = await startStage();
  await pushApp(backend, { cwd: projectRoot });
  await ensureTenant(backend, { tenantId: "acme", timezone: "America/New_York" });
  acme = await Tenant.open(backend, "acme");
  await acme.send("inventory", [
    stock("2026-01-05T10:00", 'Books, "old"\r\nand new', 5),
    { ...stock("2026-01-05T11:00", "Tools", 2 ** 53 - 10), unitCost: 0 },
    stock("2026-02-10T03:00", "Tools", -7),
    { ...stock("2026-02-10T05:00", "Tools", -(2 ** 52)), unitCost: 0 },
    // An hour that New York's clock repeats, and one before it leaps.
    stock("2025-11-02T05:30", "Ärzte 🩺", 1),
    stock("2025-11-02T06:30", "Ärzte 🩺", 2),
    stock("2026-03-08T06:59", "", 3),
    ...Array.from({ length: 6000 }, (_, i) => ({
      ...stock(`2026-0${4 + (i % 3)}-1${i % 7}T12:00`, `Kind ${i % 11}`, (i % 13) - 6),
      ...{ product: `Product ${i}`, unitCost: i / 8 },
    })),
  ]);
  await acme.send("watch", [
    view("2026-01-05T10:00", { topics: ["art", "history"], durationSeconds: 0.1 }),
    view("2026-01-05T11:00", { topics: [], durationSeconds: 0.2 }),
    view("2026-01-06T11:00", { topics: [] }),
  ]);
  await acme.settled();
  duck = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
}, 240_000);

afterAll(async () => {
  duck?.closeSync();
  await backend?.stop();
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "export-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function view(at: string, rest: object) {
  const watchedAt = Date.parse(`${at}Z`);
  const fixed = { videoId: "v", title: "T", channel: "C", category: "K", viewer: "ann" };
  return { ...fixed, durationSeconds: 0.7, watchedAt, ...rest };
}

/** Runs the command within this process, as the operator in the name of a member. */
async function run(...args: string[]): Promise<string> {
  let said = "";
  const terminal = { cwd: projectRoot, asks: false, say: (text: string) => void (said += text) };
  await exportRows([...args, ...caller()], terminal);
  return said;
}

const caller = () => [
  ...["--url", backend.url, "--admin-key", backend.adminKey, "--as", "ann"],
  ...["--tenant", "acme", "--module", "aggregates"],
];

const failure = (...args: string[]) =>
  run(...args).then(
    () => "nothing failed",
    (error: unknown) => describeError(error),
  );

/** Rows of a table function of DuckDB, in the form of `load`. */
async function rowsOf(from: string): Promise<Row[]> {
  const reader = await duck.runAndReadAll(`SELECT * FROM ${from}`);
  const types = reader.columnTypes().map(String);
  const names = reader.columnNames();
  return reader.getRowsJson().map((values) =>
    Object.fromEntries(
      names.map((name, i) => {
        const value = values[i] as string | number | null;
        if (value === null || types[i] === "VARCHAR") return [name, value];
        if (types[i] !== "TIMESTAMP") return [name, Number(value)];
        return [name, `${String(value).replace(" ", "T")}.000`.slice(0, 23)];
      }),
    ),
  );
}

const parquet = (path: string) => `read_parquet('${path}')`;

async function typesOf(path: string): Promise<Record<string, string>> {
  const reader = await duck.runAndReadAll(`DESCRIBE SELECT * FROM ${parquet(path)}`);
  return Object.fromEntries(reader.getRowsJson().map(([name, type]) => [name, type] as const));
}

async function aboutOf(path: string): Promise<About> {
  const reader = await duck.runAndReadAll(
    `SELECT decode(value) FROM parquet_kv_metadata('${path}') WHERE decode(key) = 'convex-rollups'`,
  );
  return JSON.parse(String(reader.getRowsJson()[0]![0])) as About;
}

const year = { dimension: "inventory.occurredAt", dateRange: ["2025-01-01", "2026-12-31"] };

const questions: [string, Record<string, unknown>][] = [
  [
    "a month's days with whole numbers near 2^53, negative ones, and quotes in texts",
    {
      measures: [
        "inventory.count",
        "inventory.quantity",
        "inventory.value",
        "inventory.maxUnitCost",
      ],
      dimensions: ["inventory.category"],
      timeDimensions: [{ ...year, granularity: "day" }],
    },
  ],
  [
    "hours of a zone, one of which the clock repeats",
    {
      measures: ["inventory.count"],
      timeDimensions: [{ ...year, granularity: "hour" }],
      timezone: "America/New_York",
    },
  ],
  [
    "nulls in a dimension, and doubles that are no decimals",
    {
      measures: [
        "watch.count",
        "watch.durationSeconds",
        "watch.averageDuration",
        "watch.viewersApprox",
      ],
      dimensions: ["watch.topic", "watch.category"],
      timeDimensions: [{ dimension: "watch.watchedAt", granularity: "day" }],
    },
  ],
  [
    "nothing at all",
    {
      measures: ["inventory.count", "inventory.quantity"],
      dimensions: ["inventory.category"],
      timeDimensions: [{ ...year, granularity: "day", dateRange: ["1999-01-01", "1999-12-31"] }],
    },
  ],
  [
    "sums and extremes of no record, which are null beside a count of 0",
    {
      measures: ["inventory.count", "inventory.quantity", "inventory.minUnitCost"],
      filters: [{ member: "inventory.category", operator: "equals", values: ["None"] }],
    },
  ],
  ["totals without a dimension", { measures: ["inventory.count", "inventory.onHand"] }],
  ["numbers as dimensions", { measures: ["inventory.count"], dimensions: ["inventory.weekday"] }],
  [
    "two years side by side",
    {
      measures: ["inventory.quantity"],
      timeDimensions: [
        {
          ...{ dimension: "inventory.occurredAt", granularity: "month" },
          compareDateRange: [
            ["2026-01-01", "2026-03-31"],
            ["2025-01-01", "2025-12-31"],
          ],
        },
      ],
    },
  ],
  [
    "the largest and the rest",
    { measures: ["inventory.count"], dimensions: ["inventory.category"], limit: 2, others: true },
  ],
];

describe("an answer", () => {
  test.each(questions)(
    "is read back by DuckDB from Parquet, CSV and NDJSON: %s",
    async (_, query) => {
      const told = await acme.load(query);
      const out = join(folder, "answer");
      for (const format of ["parquet", "csv", "ndjson"]) {
        await run(format, "--query", JSON.stringify(query), "--out", `${out}.${format}`);
      }
      expect(await rowsOf(parquet(`${out}.parquet`))).toEqual(told.data);
      const types = await typesOf(`${out}.parquet`);
      if (told.data.length === 0) {
        expect(Object.keys(types)).toHaveLength(4);
        return;
      }
      const listed = Object.entries(types).map(([name, type]) => `'${name}': '${type}'`);
      const options = `columns = {${listed.join(", ")}}`;
      expect(
        await rowsOf(
          `read_csv('${out}.csv', ${options}, allow_quoted_nulls = false, header = true)`,
        ),
      ).toEqual(told.data);
      expect(await rowsOf(`read_json('${out}.ndjson', ${options})`)).toEqual(told.data);
      // The file names what it is of.
      const about = await aboutOf(`${out}.parquet`);
      const { exact, watermark, lastRefreshTime } = told;
      expect(about).toMatchObject({ watermark, lastRefreshTime, exact, rows: told.data.length });
      expect(about).toMatchObject({ tenant: "acme", deployment: backend.url, asked: query });
      const beside = JSON.parse(await readFile(`${out}.csv.meta.json`, "utf8")) as About;
      expect({ ...beside, exportedAt: "", sha256: "" }).toEqual({
        ...about,
        ...{ exportedAt: "", sha256: "" },
      });
      expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
    },
  );

  test("has typed columns: times, whole numbers, doubles, and texts in a dictionary", async () => {
    const out = join(folder, "a.parquet");
    await run("parquet", "--query", JSON.stringify(questions[0]![1]), "--out", out);
    expect(await typesOf(out)).toEqual({
      "inventory.occurredAt.day": "TIMESTAMP",
      "inventory.category": "VARCHAR",
      "inventory.count": "BIGINT",
      "inventory.quantity": "DOUBLE",
      "inventory.value": "DOUBLE",
      "inventory.maxUnitCost": "DOUBLE",
    });
    const reader = await duck.runAndReadAll(
      `SELECT encodings FROM parquet_metadata('${out}') WHERE path_in_schema LIKE '%category%'`,
    );
    expect(String(reader.getRowsJson()[0]![0])).toContain("RLE_DICTIONARY");
  });

  test("of more rows than one answer may have is read in pages of one commit, within a limit of its own, too", async () => {
    const query = { measures: ["inventory.count"], dimensions: ["inventory.product"] };
    const out = join(folder, "a.parquet");
    await run("parquet", "--query", JSON.stringify(query), "--out", out);
    const rows = await rowsOf(parquet(out));
    expect(rows).toHaveLength(6001);
    expect(new Set(rows.map((row) => row["inventory.product"])).size).toBe(6001);
    expect((await aboutOf(out)).isOneCommit).toBe(true);
    const some = { ...query, limit: 4500, offset: 1000 };
    await run("parquet", "--query", JSON.stringify(some), "--out", out);
    expect(await rowsOf(parquet(out))).toEqual(rows.slice(1000, 5500));
    expect((await aboutOf(out)).query).toMatchObject({ limit: 4500, offset: 1000 });
  });

  test("is read again where a commit comes between its pages, and refused where that does not end", async () => {
    const asked = { measures: ["inventory.count"], dimensions: ["inventory.product"] };
    /** In front of each second page comes a commit, and no snapshot is kept: as if a page took 20 s. */
    class Interrupted extends Asking {
      constructor(private commits: number) {
        let time = 0;
        super(new BackendClient(backend.url, { adminKey: backend.adminKey, actingAs: "ann" }), {
          ...{ module: "aggregates", tenant: { tenantId: "acme" }, freshness: "live" },
          ...{ timezone: undefined, now: () => (time += 60_000) },
        });
      }
      override async load(query: Query) {
        if (Number(query["offset"]) > 0 && this.commits-- > 0)
          await acme.send("inventory", [
            { ...stock("2026-01-05T10:00", "Tools", 1), product: "A" },
          ]);
        return await super.load(query);
      }
    }
    const exporting = async (asking: Asking): Promise<Exporting> => ({
      ...{ asking, cubes: (await asking.meta()).cubes, tenant: "acme", former: null },
      ...{ format: "ndjson", out: join(folder, "a.ndjson"), exportedAt: "" },
    });
    await expect(exportQuery(await exporting(new Interrupted(99)), asked)).rejects.toMatchObject({
      code: "Moving",
    });
    expect(await readdir(folder)).toEqual([]);
    const written = await exportQuery(await exporting(new Interrupted(2)), asked);
    const lines = (await readFile(join(folder, "a.ndjson"), "utf8")).trim().split("\n");
    const counted = lines.reduce(
      (sum, line) => sum + (JSON.parse(line) as { "inventory.count": number })["inventory.count"],
      0,
    );
    const now = await acme.load({ measures: ["inventory.count"] });
    expect(counted).toBe(now.data[0]!["inventory.count"]);
    expect(written).toMatchObject({ kind: "written", about: { watermark: now.watermark } });
  });

  test("is written again where it has changed, and only there", async () => {
    const out = join(folder, "a.csv");
    const query = JSON.stringify({ measures: ["inventory.count"], dimensions: ["inventory.kind"] });
    const file = join(folder, "query.json");
    await writeFile(file, query);
    expect(await run("csv", "--query", file, "--out", out)).toContain("2 rows");
    const before = await readFile(out, "utf8");
    const again = ["csv", "--query", file, "--out", out, "--since", out];
    expect(await run(...again)).toContain("Nothing has changed");
    // A commit that leaves the answer as it is.
    await acme.send("watch", [view("2026-02-05T10:00", { topics: [] })]);
    expect(await run(...again)).toContain("Nothing has changed");
    await acme.send("inventory", [stock("2026-07-01T10:00", "Tools", 1)]);
    expect(await run(...again)).toContain("2 rows");
    expect(await readFile(out, "utf8")).not.toBe(before);
    const other = JSON.stringify({ measures: ["inventory.count"] });
    expect(await failure("csv", "--query", other, "--out", out, "--since", out)).toContain(
      "OtherExport: --since is of another export: its asked is",
    );
    await writeFile(out, "mine\n");
    expect(await failure(...again)).toContain("OtherFile");
  });

  test("is refused as the app refuses it, and what is there stays", async () => {
    const out = join(folder, "a.parquet");
    await writeFile(out, "mine");
    const bad = JSON.stringify({ measures: ["inventory.nothing"] });
    expect(await failure("parquet", "--query", bad, "--out", out)).toMatch(/^InvalidQuery: /);
    expect(await failure("parquet", "--query", "missing.json", "--out", out)).toMatch(/^NoFile: /);
    expect(await failure("parquet", "--query", "[1]", "--out", out)).toMatch(/^(NoFile|BadFile): /);
    expect(await readFile(out, "utf8")).toBe("mine");
    expect(await readdir(folder)).toEqual(["a.parquet"]);
    const nowhere = join(folder, "no/such/folder.csv");
    const query = JSON.stringify({ measures: ["inventory.count"] });
    expect(await failure("csv", "--query", query, "--out", nowhere)).toMatch(/^NotWritten: /);
  });
});

describe("a rollup", () => {
  const rollup = (name: string, ...rest: string[]) => [
    ...["--cube", "inventory", "--rollup", name],
    ...rest,
  ];

  test("is exported partition by partition, at its own granularity and dimensions", async () => {
    const out = join(folder, "by_product.parquet");
    await run("parquet", ...rollup("by_product"), "--out", out);
    const about = await aboutOf(out);
    const query = {
      measures: ["count", "quantity", "value"].map((name) => `inventory.${name}`),
      dimensions: ["product", "warehouse", "kind", "category"].map((name) => `inventory.${name}`),
    };
    const order = [["inventory.occurredAt", "asc"], ...query.dimensions.map((one) => [one, "asc"])];
    const rows: Row[] = [];
    for (const month of [
      ...["2025-11", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07"],
    ]) {
      const dateRange = [`${month}-01`, `${month}-${month.endsWith("02") ? 28 : 30}`];
      const timeDimensions = [{ dimension: "inventory.occurredAt", granularity: "day", dateRange }];
      rows.push(...(await acme.load({ ...query, timeDimensions, order })).data);
    }
    expect(await rowsOf(parquet(out))).toEqual(rows);
    expect(about).toMatchObject({
      ...{ rollup: { cube: "inventory", name: "by_product" }, isOneCommit: true },
      ...{ timezone: "America/New_York", rows: rows.length, since: null },
    });
    // ISO weeks, of which each part names its rows.
    expect(about.parts.every(({ from }) => new Date(`${from}Z`).getUTCDay() === 1)).toBe(true);
    expect(about.parts.reduce((sum, { rows: some }) => sum + some, 0)).toBe(rows.length);
  });

  test("of some days has the buckets that begin on them", async () => {
    const out = join(folder, "a.ndjson");
    const days = ["--from", "2026-02-01", "--to", "2026-04-11"];
    await run("ndjson", ...rollup("by_category", ...days), "--out", out);
    const lines = (await readFile(out, "utf8")).trim().split("\n");
    const first = (line: string) => (JSON.parse(line) as Row)["inventory.occurredAt.day"];
    expect([first(lines[0]!), first(lines.at(-1)!)]).toEqual([
      "2026-02-09T00:00:00.000",
      "2026-04-11T00:00:00.000",
    ]);
    await run(
      "csv",
      ...rollup("by_category", "--from", "1999-01-01", "--to", "1999-12-31"),
      "--out",
      out,
    );
    expect((await readFile(out, "utf8")).split("\r\n")).toHaveLength(2);
  });

  test("of another level has the buckets of that, and one that is not kept is told", async () => {
    const out = join(folder, "months.parquet");
    await run("parquet", ...rollup("totals", "--granularity", "month"), "--out", out);
    const measures = ["count", "quantity", "value"].map((name) => `inventory.${name}`);
    const timeDimensions = [{ dimension: "inventory.occurredAt", granularity: "month" }];
    expect(await rowsOf(parquet(out))).toEqual(
      (await acme.load({ measures, timeDimensions })).data,
    );
    await run("parquet", ...rollup("totals", "--to", "2026-01-31"), "--out", out);
    const { columns, parts } = await aboutOf(out);
    expect(columns[0]).toEqual({ name: "inventory.occurredAt.hour", type: "time" });
    expect(parts.map(({ from }) => from!.slice(0, 10))).toEqual(["2025-11-02", "2026-01-05"]);
    expect(
      await failure("csv", ...rollup("totals", "--granularity", "week"), "--out", out),
    ).toMatch(/^UnknownLevel: The rollup "totals" keeps quarterHour, hour, day, month, year\./);
  });

  test("since a former export only partitions that changed are written, and what they replace can be told", async () => {
    const whole = join(folder, "whole.parquet");
    await run("parquet", ...rollup("by_category"), "--out", whole);
    const delta = join(folder, "delta.parquet");
    const since = (file: string, out: string) =>
      run("parquet", ...rollup("by_category"), "--since", file, "--out", out);
    expect(await since(whole, delta)).toContain("Nothing has changed");
    expect(await readdir(folder)).toEqual(["whole.parquet"]);
    // Late data of an old partition, and a new one.
    await acme.send("inventory", [
      stock("2026-01-20T10:00", "Late", 4),
      stock("2026-09-20T10:00", "New", 4),
    ]);
    expect(await since(whole, delta)).toMatch(/ rows in 2 of \d+ parts/);
    const about = await aboutOf(delta);
    const written = (parts: readonly Part[]) =>
      parts.filter(({ isWritten }) => isWritten).map(({ from }) => from!.slice(0, 7));
    expect(written(about.parts)).toEqual(["2026-01", "2026-09"]);
    expect(about.since).toBe((await aboutOf(whole)).watermark);
    // As docs/designs/046-exports.md says how to.
    const replaced = about.parts
      .filter(({ isWritten }) => isWritten)
      .map(
        ({ from, to }) =>
          `("inventory.occurredAt.day" >= '${from}' AND "inventory.occurredAt.day" < '${to}')`,
      );
    const merged = await rowsOf(
      `(SELECT * FROM ${parquet(whole)} WHERE NOT (${replaced.join(" OR ")}) UNION ALL SELECT * FROM ${parquet(delta)}) ORDER BY 1, 2`,
    );
    const fresh = join(folder, "fresh.parquet");
    await run("parquet", ...rollup("by_category"), "--out", fresh);
    expect(merged).toEqual(await rowsOf(`${parquet(fresh)} ORDER BY 1, 2`));
    // The delta knows all partitions, so the next one may follow it.
    expect(await since(delta, join(folder, "next.parquet"))).toContain("Nothing has changed");
    expect(
      await failure("parquet", ...rollup("by_category"), "--since", whole, "--out", whole),
    ).toMatch(/^SameFile: /);
  });

  test("since a former export, a partition that has no row any more is named, so that it can be emptied", async () => {
    const first = join(folder, "first.csv");
    await run("csv", ...rollup("by_category"), "--out", first);
    // As if there had been a movement in 2024, and fewer of the cube's commits.
    const sidecar = join(folder, "first.csv.meta.json");
    const about = JSON.parse(await readFile(sidecar, "utf8")) as About;
    const [from, to] = ["2024-02-01T00:00:00.000", "2024-03-01T00:00:00.000"];
    const gone = { from, to, rows: 3, sum: "0".repeat(32), watermark: "1", isWritten: true };
    const former = { ...about, watermark: "1", parts: [gone, ...about.parts] };
    await writeFile(sidecar, JSON.stringify(former));
    const out = join(folder, "delta.csv");
    const said = await run("csv", ...rollup("by_category"), "--since", first, "--out", out);
    expect(said).toMatch(/ 0 rows in 1 of \d+ parts/);
    const { parts } = JSON.parse(await readFile(`${out}.meta.json`, "utf8")) as About;
    expect(parts.filter(({ isWritten }) => isWritten)).toMatchObject([{ from, to, rows: 0 }]);
  });

  test("that is not there, or not of the cube, is told", async () => {
    const out = ["--out", join(folder, "a.csv")];
    expect(await failure("csv", ...rollup("by_nothing"), ...out)).toMatch(
      /^UnknownRollup: The cube "inventory" has no rollup "by_nothing"; it has totals, by_category/,
    );
    expect(await failure("csv", "--cube", "no", "--rollup", "totals", ...out)).toMatch(/^NoCube: /);
  });
});

test("a process that is killed while it writes leaves no half file under the name", async () => {
  const out = join(folder, "a.parquet");
  await writeFile(out, "the former one");
  const words = [
    "export",
    "parquet",
    "--cube",
    "inventory",
    "--rollup",
    "by_product",
    "--out",
    out,
  ];
  const command = startCommand("rollups/main", [...words, ...caller()]);
  const isBegun = async () => (await readdir(folder)).some((name) => name.endsWith(".part"));
  while (!(await isBegun())) await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill(command.pid, "SIGKILL");
  expect((await command.finished).status).toBeNull();
  expect(await readFile(out, "utf8")).toBe("the former one");
  // The next run is none the worse for it.
  await run(...words.slice(1));
  expect((await rowsOf(parquet(out))).length).toBeGreaterThan(6000);
});

test("a process that is told to stop while it writes leaves nothing", async () => {
  const words = ["export", "csv", "--cube", "inventory", "--rollup", "by_product"];
  const command = startCommand("rollups/main", [
    ...words,
    "--out",
    join(folder, "a.csv"),
    ...caller(),
  ]);
  const isBegun = async () => (await readdir(folder)).some((name) => name.endsWith(".part"));
  while (!(await isBegun())) await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill(command.pid, "SIGTERM");
  await command.finished;
  expect(await readdir(folder)).toEqual([]);
});
