/**
 * Expiry on a backend that commits for real: the job runs by its own schedule beside writers, and every
 * answer that anybody sees on the way is that of everything ever recorded.
 */
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReference } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalBackend } from "../../local/backend.js";
import { runCli } from "../../local/push.js";
import { AppCopy } from "../support/appCopy.js";
import { startStage } from "../support/stage.js";

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
let app: AppCopy;
let admin: ConvexHttpClient;
let ann: ConvexHttpClient;

beforeAll(async () => {
  app = await AppCopy.layOut();
  const time = 'time: "occurredAt",';
  await app.replace("convex/cubes.ts", time, `${time}\n  expire: "1 year",`);
  backend = await startStage();
  await app.push(backend);
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
const total = {
  measures: ["inventory.count", "inventory.value"],
  dimensions: ["inventory.product"],
};
const totalOf = (count: number) => [
  { "inventory.product": "Ada", "inventory.count": count, "inventory.value": count },
];

/** Starts the job, which else runs every 17 minutes. */
const runExpiry = () =>
  runCli(backend, ["run", "--component", "rollups", "expiry/expire:runAll"], { cwd: app.cwd });

async function record(rows: unknown[]): Promise<void> {
  const recorded = await ann.mutation(mutation("inventory:recordBatch"), {
    tenantId: "acme",
    rows,
  });
  expect(recorded).toEqual({ accepted: rows.length, rejected: [] });
}

test("records go, answers stay, while others write", async () => {
  const now = Date.now();
  const order = (i: number) => ({
    ...{ product: "Ada", category: "Books", warehouse: "North", kind: "receipt" },
    ...{ quantity: 1, unitCost: 1 },
    // Every other one is older than a year.
    occurredAt: now - (i % 2 === 0 ? 20 : 500) * DAY - i * 60_000,
  });
  for (let i = 0; i < RECORDS; i += 200) {
    await record(Array.from({ length: 200 }, (_, j) => order(i + j)));
  }
  const health = () => ann.query(query("aggregates:health"), { tenantId: "acme" });
  await expect
    .poll(async () => (await load(total)).servedBy, { timeout: 60_000 })
    .toBe("inventory.by_product@1");
  await ann.mutation(mutation("rollups:verify"), { tenantId: "acme" });
  await expect
    .poll(async () => (await health()).verification?.passes ?? 0, { timeout: 60_000 })
    .toBeGreaterThan(0);
  await expect
    .poll(async () => (await health()).sources[0]?.blocked, { timeout: 60_000 })
    .toBe(null);

  expect((await health()).sources[0]?.from).toBe(null);
  await runExpiry();
  let written = RECORDS;
  for (let i = 0; i < WRITES; i++) {
    // Late data too.
    await record([order(i), order(i + 1)]);
    written += 2;
    const { data, servedBy } = await load(total);
    expect(servedBy).toBe("inventory.by_product@1");
    expect(data).toEqual(totalOf(written));
  }
  const boundary = now - 367 * DAY;
  const old = async () => {
    const page = await ann.query(query("sources:page"), {
      ...{ tenantId: "acme", cube: "inventory", cursor: null },
    });
    return (page.facts as { fact: { occurredAt: number } }[]).filter(
      ({ fact }) => fact.occurredAt < boundary,
    ).length;
  };
  await runExpiry();
  await expect.poll(old, { timeout: 60_000 }).toBe(0);
  expect((await health()).sources[0]?.from).toBeGreaterThan(boundary - 2 * DAY);
  expect((await load(total)).data).toEqual(totalOf(written));
  // No rollup keeps products by hour of day, so only records could tell.
  await expect(
    load({
      measures: ["inventory.count"],
      dimensions: ["inventory.product", "inventory.hourOfDay"],
    }),
  ).rejects.toMatchObject({ data: { code: "SourceExpired" } });
});
