/**
 * The importer against the real local backend, as its users run it: the numbers that come out are
 * those of the file, however often it is sent and whatever happens on the way.
 */
import { gzipSync, gunzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BackendClient } from "../../cli/backendClient";
import { ensureMember, ensureTenant, mintToken } from "../../cli/connection";
import {
  projectRoot,
  startBackendProcess,
  type BackendProcess,
} from "../../cli/demo/backendProcess";
import { DemoLoad } from "../../cli/demo/loadDemo";
import { freePort } from "../../cli/demo/ports";
import { demoTenants } from "../../cli/demo/tenants";
import { pushApp } from "../../local/push";
import { announceData, realDataDir, realFiles } from "./realData";
import { runCommand, startCommand } from "./runCommand";
import { scratchDirectory } from "./support";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let backend: BackendProcess;
let ports: { port: number; sitePort: number };

beforeAll(async () => {
  scratch = await scratchDirectory();
  ports = { port: await freePort(), sitePort: await freePort() };
  backend = await startBackendProcess({ ...ports, dataDir: scratch.path("data") });
  await pushApp(backend, { cwd: projectRoot });
});

afterAll(async () => {
  await backend?.stop();
  await scratch?.remove();
});

const importInto = (tenant: string, ...args: string[]) =>
  runCommand("import", [...args, "--tenant", tenant, "--url", backend.url]);

type Row = Record<string, string | number | null>;

/** What a member of the tenant reads, of all that was written: a tail that is too long is waited out. */
async function read(tenantId: string, query: object): Promise<Row[]> {
  await ensureTenant(backend, { tenantId });
  await ensureMember(backend, { tenantId, subject: "reader", role: "viewer" });
  const token = await mintToken(backend, { subject: "reader" });
  const client = new BackendClient(backend.url, { token });
  for (;;) {
    const { data, lagMs } = await client.query<{ data: Row[]; lagMs: number | null }>(
      "aggregates:load",
      { tenantId, query },
    );
    if (lagMs !== null) return data;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const watchTotals = { measures: ["watch.count", "watch.durationSeconds"] };
const stockTotals = { measures: ["inventory.count", "inventory.quantity", "inventory.value"] };

describe("rows, good and bad", () => {
  const table = [
    "SKU,Site,Type,Qty,Unit Price,When",
    'A-1,North,receipt,100,2.5,"27/07/2012"',
    "A-1,North,shipment,(40),2.5,28/07/2012",
    "A-1,North,shipment,-10,2.5,28/07/2012 10:00",
    "A-1,North,shipment,-10,2.5,28/07/2012 10:00",
    "A-1,North,gift,1,2.5,28/07/2012",
    "A-1,North,receipt,1,2.5,31/02/2012",
    '"A-1,North,receipt,1,2.5,01/08/2012',
    "A-1,North,receipt,1.5,2.5,01/08/2012",
    "A-1,North,receipt,1,2.12345,01/08/2012",
    "A-1,North,receipt,5",
    "A-2,South,receipt,7,0.0001,01/08/2012",
  ].join("\n");
  const expected = [
    { "inventory.count": 5, "inventory.quantity": 47, "inventory.value": 100.0007 },
  ];
  const options = ["--date-order", "dmy", "--map", "occurredAt=When"];

  test("good rows are counted, each bad one is in the rejects file with its place and reason", async () => {
    const file = await scratch.write("stock.csv", table);
    const rejects = scratch.path("rejects.ndjson");
    const done = await importInto("rows", "inventory", file, ...options, "--rejects", rejects);
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout).toMatch(/11 rows, 5 accepted, 6 rejected/);
    const lines = readFileSync(rejects, "utf8").trim().split("\n");
    const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const byRow = read.toSorted((a, b) => Number(a.row) - Number(b.row));
    expect(byRow.map(({ row, line, code }) => [row, line, code])).toEqual([
      [5, 6, "UnknownChoice"],
      [6, 7, "ImpossibleDate"],
      [7, 8, "UnclosedQuote"],
      [8, 9, "NotWhole"],
      [9, 10, "InvalidRow"],
      [10, 11, "ColumnCount"],
    ]);
    expect(byRow[1]).toMatchObject({
      file: "stock.csv",
      message: expect.stringContaining("occurredAt"),
      raw: "A-1,North,receipt,1,2.5,31/02/2012",
    });
  });

  test("what is stored is what the file says, to the last decimal", async () => {
    expect(await read("rows", stockTotals)).toEqual(expected);
  });

  test("the same rows under another name, packed, add nothing", async () => {
    const file = await scratch.write("again.bin", gzipSync(table));
    const done = await importInto("rows", "inventory", file, ...options, "--batch", "2");
    expect(done.stdout).toMatch(/5 accepted, 6 rejected/);
    expect(await read("rows", stockTotals)).toEqual(expected);
  });

  test("a wrong mapping sends nothing and says what columns there are", async () => {
    const file = await scratch.write("wrong.csv", table);
    const done = await importInto("rows", "inventory", file);
    expect(done).toMatchObject({ status: 1, stdout: "" });
    expect(done.stderr).toMatch(/^MissingColumn: No column for occurredAt/m);
    const ambiguous = await importInto("rows", "inventory", file, "--map", "occurredAt=When");
    expect(ambiguous.status).toBe(0);
    expect(await read("rows", stockTotals)).toEqual(expected);
  });
});

test("Takeout and NDJSON bring what they hold; removed videos are set aside", async () => {
  const watched = (id: string, time: string, title = `Watched ${id}`) => ({
    ...{ header: "YouTube", title, time, titleUrl: `https://www.youtube.com/watch?v=${id}` },
    subtitles: [{ name: "Slow Trails" }],
  });
  const history = [
    watched("abcdef1", "2024-05-01T10:00:00.123Z"),
    watched("abcdef2", "2024-05-01T11:00:00Z"),
    watched("abcdef2", "2024-05-01T11:00:00Z"),
    { header: "YouTube", title: "Watched a video that has been removed", time: "2024-05-01" },
  ];
  const takeout = await scratch.write("watch-history.json", JSON.stringify(history, null, 2));
  const first = await importInto("history", "watch", takeout, "--default", "viewer=ann");
  expect(first.stdout).toMatch(/4 rows, 3 accepted, 1 rejected/);
  expect(first.stdout).toMatch(/RemovedVideo: 1/);
  const row = { videoId: "v1", watchedAt: Date.UTC(2024, 4, 2), topics: ["a", "b"] };
  const lines = [
    { ...row, durationSeconds: 12.5, viewer: "ben" },
    { ...row, durationSeconds: 12.5, viewer: "ben", key: "mine" },
    { ...row, durationSeconds: -1 },
  ];
  const ndjson = await scratch.write("rows.ndjson", lines.map((l) => JSON.stringify(l)).join("\n"));
  const second = await importInto("history", "watch", ndjson);
  expect(second.stdout).toMatch(/3 rows, 2 accepted, 1 rejected/);
  expect(await read("history", { measures: ["watch.count", "watch.viewers"] })).toEqual([
    { "watch.count": 5, "watch.viewers": 2 },
  ]);
  expect(await read("history", watchTotals)).toEqual([
    { "watch.count": 5, "watch.durationSeconds": 25 },
  ]);
});

test("a backend that dies in the middle costs time, not rows", async () => {
  const lines = ["product,quantity,date"];
  let quantity = 0;
  for (let row = 0; row < 6000; row += 1) {
    lines.push(`P-${row % 50},${row % 97},2024-01-${String(1 + (row % 28)).padStart(2, "0")}`);
    quantity += row % 97;
  }
  const file = await scratch.write("long.csv", lines.join("\n"));
  const args = ["inventory", file, "--tenant", "crash", "--url", backend.url, "--batch", "100"];
  const running = startCommand("import", args);
  const count = async () => Number((await read("crash", stockTotals))[0]?.["inventory.count"] ?? 0);
  while ((await count()) < 500) await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill(backend.pid, "SIGKILL");
  await backend.ended.catch(() => undefined);
  backend = await startBackendProcess({ ...ports, dataDir: scratch.path("data") });
  const done = await running.finished;
  expect(done.status, done.stderr).toBe(0);
  expect(done.stdout).toMatch(/6,000 rows, 6,000 accepted, 0 rejected/);
  expect(await read("crash", stockTotals)).toMatchObject([
    { "inventory.count": 6000, "inventory.quantity": quantity },
  ]);
});

test("real demand of a manufacturer adds up to the unit, sent twice", async () => {
  const directory = realDataDir();
  announceData("import", directory);
  const path = directory === null ? await generatedDemand() : join(directory, realFiles.demand);
  const text = gunzipSync(readFileSync(path)).toString();
  const rows = text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(","));
  const quantity = rows.reduce((sum, cells) => sum + Number(cells[4]), 0);
  const inJ = rows.reduce((sum, cells) => sum + (cells[1] === "Whse_J" ? Number(cells[4]) : 0), 0);
  if (directory !== null)
    expect([rows.length, quantity, inJ]).toEqual([21999, 309555756, 134632570]);

  for (const name of ["first", "second"]) {
    const done = await importInto("demand", "inventory", path, "--date-order", "dmy");
    expect(done.status, `${name}: ${done.stderr}`).toBe(0);
    expect(done.stdout).toContain(" 0 rejected");
    expect(await read("demand", stockTotals)).toMatchObject([
      { "inventory.count": rows.length, "inventory.quantity": quantity },
    ]);
  }
  const warehouse = { member: "inventory.warehouse", operator: "equals", values: ["Whse_J"] };
  expect(await read("demand", { measures: ["inventory.quantity"], filters: [warehouse] })).toEqual([
    { "inventory.quantity": inJ },
  ]);
});

/** The same columns with made-up content, among it rows that are repeated. */
async function generatedDemand(): Promise<string> {
  const lines = ["Product_Code,Warehouse,Product_Category,Date,Order_Demand"];
  for (let row = 0; row < 5000; row += 1) {
    const day = `${String(1 + (row % 28)).padStart(2, "0")}/${String(1 + (row % 12)).padStart(2, "0")}`;
    lines.push(
      `Product_${row % 40},Whse_${"JSC"[row % 3]},Category_${row % 7},${day}/2012,${row % 500}`,
    );
    if (row % 10 === 0) lines.push(lines.at(-1)!);
  }
  return await scratch.write("demand.csv.gz", gzipSync(lines.join("\n")));
}

test("demo data is loaded once, however often; transfers move nothing", async () => {
  for (const { tenantId, timezone } of demoTenants) {
    await ensureTenant(backend, { tenantId, timezone });
    await ensureMember(backend, { tenantId, subject: "demo", role: "admin" });
  }
  const client = new BackendClient(backend.url, {
    token: await mintToken(backend, { subject: "demo" }),
  });
  const plan = { records: 2000, end: Date.UTC(2026, 4, 14), seed: "test" };
  for (let run = 0; run < 2; run += 1) {
    const load = new DemoLoad(client, plan, () => undefined);
    await load.loadNewest();
    await load.loadHistory();
    expect(load.counts).toEqual({ total: 4000, accepted: 4000 });
  }
  const [acme] = await read("acme", stockTotals);
  const [globex] = await read("globex", stockTotals);
  expect(Number(acme?.["inventory.count"]) + Number(globex?.["inventory.count"])).toBe(2000);
  const transfers = { member: "inventory.kind", operator: "equals", values: ["transfer"] };
  expect(await read("acme", { measures: ["inventory.quantity"], filters: [transfers] })).toEqual([
    { "inventory.quantity": 0 },
  ]);
});

describe("tokens", () => {
  test("one line, and it opens the tenant it was made for, with its role, and no other", async () => {
    const ask = (...args: string[]) => runCommand("token", [...args, "--url", backend.url]);
    const made = await ask("--user", "vera", "--tenant", "fresh", "--role", "viewer");
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(made.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const vera = new BackendClient(backend.url, { token: made.stdout.trim() });
    await vera.query("aggregates:health", { tenantId: "fresh" });
    const refused = expect.objectContaining({ code: "Forbidden" });
    await expect(vera.query("aggregates:health", { tenantId: "rows" })).rejects.toEqual(refused);
    await expect(
      vera.mutation("watch:recordBatch", { tenantId: "fresh", rows: [] }),
    ).rejects.toEqual(refused);
    const promoted = await ask("--user", "vera", "--tenant", "fresh", "--role", "editor");
    expect(promoted.status).toBe(0);
    await vera.mutation("watch:recordBatch", { tenantId: "fresh", rows: [] });
  });

  test("an import with a stranger's token is refused by name and sends nothing", async () => {
    const token = await mintToken(backend, { subject: "stranger" });
    const file = await scratch.write("one.csv", "product,quantity,date\nA,1,2024-01-01\n");
    const done = await importInto("rows", "inventory", file, "--token", token);
    expect(done.status).toBe(1);
    expect(done.stderr).toMatch(/^Forbidden: /m);
  });

  test("the operator may import in a user's name; a backend that is not there is named", async () => {
    const file = await scratch.write("one.csv", "product,quantity,date\nA,1,2024-01-01\n");
    const done = await importInto("operated", "inventory", file, "--admin");
    expect(done.stdout, done.stderr).toMatch(/1 accepted/);
    const nowhere = await runCommand("token", ["--url", "http://127.0.0.1:9"]);
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toMatch(/^NoBackend: /m);
  });
});
