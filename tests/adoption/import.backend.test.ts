/** `npx convex-rollups import` of the packed package, in an app that knows nothing of it but one exported function. */
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Backend, Caller, until, type Answer } from "./backend.js";
import { Installation, type AppFolder } from "./layOut.js";

interface Sale {
  sku: string;
  isOnline?: boolean;
  price: number;
  soldAt: number;
}

const installation = Installation.of(inject("packed"));
let app: AppFolder;
let backend: Backend;
beforeAll(async () => {
  app = await installation.layOut("apps/everyone");
  backend = await Backend.start();
  await backend.push(app);
}, 400_000);
afterAll(async () => {
  await backend.stop();
});

const where = () => ["--url", backend.local.url, "--admin-key", backend.local.adminKey];
const sales = () => backend.admin.query<Sale[]>("sales:all", {});
const count = async () => (await sales()).length;
const write = async (name: string, text: string) => {
  await writeFile(join(app.cwd, name), text);
  return name;
};

/** The rollups' answer by article against the table's own documents. */
async function expectRollupsToEqualTheTable(): Promise<void> {
  const query = { measures: ["sales.count", "sales.revenue"], dimensions: ["sales.sku"] };
  const rows = () => backend.admin.query<Answer>("rollups:rows", { query });
  await until(async () => (await rows()).servedBy !== "scan");
  const cents = new Map<unknown, [number, number]>();
  for (const { sku, price } of await sales()) {
    const [n, sum] = cents.get(sku) ?? [0, 0];
    cents.set(sku, [n + 1, sum + Math.round(price * 100)]);
  }
  const { data, servedBy } = await rows();
  expect(servedBy).toBe("sales.by_sku@1");
  const told = data.map((row) => [
    row["sales.sku"],
    [row["sales.count"], Math.round(Number(row["sales.revenue"]) * 100)],
  ]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(cents));
}

const ROWS = 1500;
const time = (i: number) => Date.UTC(2026, 3, 1) + i * 60_000;
const till = Array.from({ length: ROWS }, (_, i) =>
  // Row 7 has no price that is one.
  [`s${i % 5}`, i === 6 ? "much" : `${i % 50}.25`, new Date(time(i)).toISOString(), "yes"].join(
    ",",
  ),
);

test("an import that is killed and run again stores every row once", async () => {
  const file = await write("till.csv", `SKU,Price,sold_at,Is Online\n${till.join("\n")}\n`);
  const args = ["import", "sales", file, "--batch", "50", "--rejects", "bad.jsonl", ...where()];
  let [kills, seen] = [0, 0];
  for (; kills < 2; kills += 1) {
    const child = app.command(...args);
    const ended = once(child, "close");
    await until(async () => (await count()) > seen);
    child.kill("SIGKILL");
    await ended;
    seen = await count();
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(ROWS - 1);
  }
  const { said, status } = await app.commandDone(...args);
  expect(said).toMatch(
    new RegExp(`1,500 rows, [\\d,]+ accepted, 1 rejected, ${seen.toLocaleString("en-US")} already`),
  );
  expect(status).toBe(0);
  const stored = await sales();
  expect(stored.map(({ soldAt }) => soldAt).sort((a, b) => a - b)).toEqual(
    Array.from({ length: ROWS }, (_, i) => time(i)).filter((_, i) => i !== 6),
  );
  expect(stored.every(({ isOnline }) => isOnline === true)).toBe(true);
  const [bad] = (await readFile(join(app.cwd, "bad.jsonl"), "utf8")).trim().split("\n");
  expect(JSON.parse(bad ?? "")).toMatchObject({
    ...{ file: "till.csv", row: 7, line: 8, code: "NotANumber" },
    record: { SKU: "s1", Price: "much" },
  });
  await expectRollupsToEqualTheTable();
}, 300_000);

test("the whole file again stores nothing, also under another name", async () => {
  const before = await count();
  const text = await readFile(join(app.cwd, "till.csv"), "utf8");
  await write("copy.csv", text);
  const { said } = await app.commandDone("import", "sales", "copy.csv", ...where());
  expect(said).toContain("1,500 rows, 0 accepted, 1 rejected, 1,499 already there");
  await write("till.csv", `${text}s9,1,2026-05-01,no\n`);
  const changed = await app.commandDone("import", "sales", "till.csv", ...where());
  expect(changed).toMatchObject({ status: 1, said: expect.stringContaining("ChangedFile") });
  const other = await app.commandDone(
    ...["import", "sales", "copy.csv", "--timezone", "Asia/Tokyo", ...where()],
  );
  expect(other).toMatchObject({ status: 1, said: expect.stringContaining("OtherReading") });
  expect(await count()).toBe(before);
}, 120_000);

test("rows with ids are stored once, whatever files they come in", async () => {
  const before = await count();
  const row = (id: number) => JSON.stringify({ id, sku: "ids", price: id, soldAt: time(id) });
  const lines = (ids: number[]) => ids.map(row).join("\n");
  await write("may.jsonl", lines([1, 2, 3]));
  await write("june.jsonl", lines([3, 4, 4]));
  const args = ["import", "sales", "may.jsonl", "june.jsonl", "--id", "id", ...where()];
  const { said } = await app.commandDone(...args);
  expect(said).toContain("may.jsonl: 3 rows, 3 accepted, 0 rejected, 0 already there");
  expect(said).toContain("june.jsonl: 3 rows, 1 accepted, 0 rejected, 2 already there");
  expect((await app.commandDone(...args)).said).toContain("3 rows, 0 accepted, 0 rejected, 3 alr");
  expect(await count()).toBe(before + 4);
}, 120_000);

test("a mutation of the app takes the rows, and what it refuses is told again", async () => {
  const before = await count();
  await write(
    "cents.csv",
    "sku,price,soldAt\na,100,2026-06-01\nb,-5,2026-06-01\nc,300,2026-06-01\n",
  );
  const args = ["import", "sales", "cents.csv", "--to", "sales:importTill", ...where()];
  const { said, status } = await app.commandDone(...args);
  expect(said).toContain("3 rows, 2 accepted, 1 rejected, 0 already there");
  expect(said).toContain("cents.csv, row 2: Refund: That is a refund.: b,-5,2026-06-01");
  expect(status).toBe(0);
  expect((await app.commandDone(...args)).said).toContain(
    "3 rows, 0 accepted, 1 rejected, 2 already there",
  );
  const stored = (await sales()).slice(before);
  expect(stored.map(({ sku, price }) => [sku, price])).toEqual([
    ["a", 1],
    ["c", 3],
  ]);
  await expectRollupsToEqualTheTable();
}, 120_000);

test("the deployment is taken from .env.local, and nobody imports without its key", async () => {
  await write("one.csv", "sku,price,soldAt\nenv,1,2026-06-02\n");
  const none = await app.commandDone("import", "sales", "one.csv");
  expect(none).toMatchObject({ status: 1, said: expect.stringContaining("NoDeployment") });
  const { url, adminKey } = backend.local;
  const env = (key: string) =>
    write(".env.local", `CONVEX_SELF_HOSTED_URL=${url}\nCONVEX_SELF_HOSTED_ADMIN_KEY="${key}"\n`);
  await env("wrong");
  expect((await app.commandDone("import", "sales", "one.csv")).status).toBe(1);
  await env(adminKey);
  const { said } = await app.commandDone("import", "sales", "one.csv");
  expect(said).toContain("1 rows, 1 accepted");
  const anyone = new Caller(new ConvexHttpClient(url, { logger: false }));
  const row = { sku: "x", price: 1, soldAt: 1 };
  const given = { table: "sales", rows: [row], at: [1], ids: null, refused: [] };
  await expect(
    anyone.mutation("rollups:importRows", { ...given, key: "k", name: "n", reading: "r" }),
  ).rejects.toThrow(/importRows/);
}, 120_000);
