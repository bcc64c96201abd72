/**
 * Expiry on a backend that commits for real: the job runs by its own schedule beside writers, and every
 * answer that anybody sees on the way is that of everything ever recorded.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReference } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBackend, type LocalBackend } from "../../local/backend";
import { pushApp, runCli } from "../../local/push";
import { layOutApp } from "../ownTable/app";

const DAY = 86_400_000;
const RECORDS = 1200;
const WRITES = 40;

type AnyQuery = FunctionReference<"query", "public", Record<string, unknown>, Answer>;
type AnyMutation = FunctionReference<"mutation", "public", Record<string, unknown>>;

interface Answer {
  data: Record<string, unknown>[];
  servedBy: string;
  sources: { from: number | null; blocked: string | null }[];
  verification: { passes: number } | null;
  facts: unknown[];
}

const query = (name: string) => makeFunctionReference<"query">(name) as unknown as AnyQuery;
const mutation = (name: string) =>
  makeFunctionReference<"mutation">(name) as unknown as AnyMutation;

let backend: LocalBackend;
let app: Awaited<ReturnType<typeof layOutApp>>;
let admin: ConvexHttpClient;
let ann: ConvexHttpClient;

beforeAll(async () => {
  app = await layOutApp();
  const cubes = join(app.cwd, "convex/cubes.ts");
  const text = await readFile(cubes, "utf8");
  const expiring = text.replace('time: "placedAt",', 'time: "placedAt",\n  expire: "1 year",');
  expect(expiring).not.toBe(text);
  await writeFile(cubes, expiring);
  backend = await startBackend({ port: 0, sitePort: 0 });
  await runCli(backend, ["codegen", "--typecheck", "disable"], { cwd: app.cwd });
  await pushApp(backend, { cwd: app.cwd });
  const response = await fetch(`${backend.url}/local/token`, {
    method: "POST",
    headers: { Authorization: `Convex ${backend.adminKey}` },
    body: JSON.stringify({ subject: "ann" }),
  });
  const { token } = (await response.json()) as { token: string };
  admin = new ConvexHttpClient(backend.url, { logger: false });
  (admin as unknown as { setAdminAuth(key: string): void }).setAdminAuth(backend.adminKey);
  await admin.mutation(mutation("tenants:ensure"), { tenantId: "acme" });
  await admin.mutation(mutation("tenants:ensureMember"), {
    tenantId: "acme",
    tokenIdentifier: `${backend.url}|ann`,
    role: "admin",
  });
  ann = new ConvexHttpClient(backend.url, { logger: false });
  ann.setAuth(token);
}, 120_000);

afterAll(async () => {
  await backend.stop();
  await app.remove();
});

const load = (json: unknown) =>
  ann.query(query("aggregates:load"), { tenantId: "acme", query: json });
const total = { measures: ["orders.count", "orders.revenue"], dimensions: ["orders.customer"] };
async function record(rows: unknown[]): Promise<void> {
  const recorded = await ann.mutation(mutation("orders:recordBatch"), { tenantId: "acme", rows });
  expect(recorded).toEqual({ accepted: rows.length, rejected: [] });
}

test("records go, answers stay, while others write", async () => {
  const now = Date.now();
  const order = (i: number) => ({
    ...{ customer: "Ada", tags: [], amount: 1, weight: 0.1 },
    // Every other one is older than a year.
    placedAt: now - (i % 2 === 0 ? 20 : 500) * DAY - i * 60_000,
  });
  for (let i = 0; i < RECORDS; i += 200) {
    await record(Array.from({ length: 200 }, (_, j) => order(i + j)));
  }
  const health = () => ann.query(query("aggregates:health"), { tenantId: "acme" });
  await expect
    .poll(async () => (await load(total)).servedBy, { timeout: 60_000 })
    .toBe("orders.by_customer@1");
  await ann.mutation(mutation("rollups:verify"), { tenantId: "acme" });
  await expect
    .poll(async () => (await health()).verification?.passes ?? 0, { timeout: 60_000 })
    .toBeGreaterThan(0);
  await expect
    .poll(async () => (await health()).sources[0]?.blocked, { timeout: 60_000 })
    .toBe(null);

  expect((await health()).sources[0]?.from).toBe(null);
  await admin.mutation(mutation("expiry/expire:runAll"), {});
  let written = RECORDS;
  for (let i = 0; i < WRITES; i++) {
    // Late data too.
    await record([order(i), order(i + 1)]);
    written += 2;
    const { data, servedBy } = await load(total);
    expect(servedBy).toBe("orders.by_customer@1");
    expect(data).toEqual([
      { "orders.customer": "Ada", "orders.count": written, "orders.revenue": written },
    ]);
  }
  const boundary = now - 367 * DAY;
  const old = async () => {
    const page = await ann.query(query("sources:page"), {
      ...{ tenantId: "acme", cube: "orders", cursor: null },
    });
    return (page.facts as { fact: { placedAt: number } }[]).filter(
      ({ fact }) => fact.placedAt < boundary,
    ).length;
  };
  await admin.mutation(mutation("expiry/expire:runAll"), {});
  await expect.poll(old, { timeout: 60_000 }).toBe(0);
  expect((await health()).sources[0]?.from).toBeGreaterThan(boundary - 2 * DAY);
  expect((await load(total)).data).toEqual([
    { "orders.customer": "Ada", "orders.count": written, "orders.revenue": written },
  ]);
  // No rollup keeps customers and tags together, so only records could tell.
  await expect(
    load({ measures: ["orders.count"], dimensions: ["orders.customer", "orders.tag"] }),
  ).rejects.toThrow("SourceExpired");
});
