/** "Use it with your own table" is true: two files and a mutation, pushed by the stock CLI. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReference } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBackend, type LocalBackend } from "../../local/backend";
import { pushApp, runCli } from "../../local/push";
import { layOutApp } from "./app";

const DAY = 86_400_000;
const NOON = Date.UTC(2026, 1, 10, 12);

type AnyQuery = FunctionReference<"query", "public", Record<string, unknown>, Answer>;
type AnyMutation = FunctionReference<"mutation", "public", Record<string, unknown>>;

interface Answer {
  data: Record<string, unknown>[];
  servedBy: string;
  lagMs: number;
  exact: boolean;
}

const query = (name: string) => makeFunctionReference<"query">(name) as unknown as AnyQuery;
const mutation = (name: string) =>
  makeFunctionReference<"mutation">(name) as unknown as AnyMutation;

let backend: LocalBackend;
let app: Awaited<ReturnType<typeof layOutApp>>;
let ann: ConvexHttpClient;

beforeAll(async () => {
  app = await layOutApp();
  backend = await startBackend({ port: 0, sitePort: 0 });
  await runCli(backend, ["codegen", "--typecheck", "disable"], { cwd: app.cwd });
  await pushApp(backend, { cwd: app.cwd });
  const response = await fetch(`${backend.url}/local/token`, {
    method: "POST",
    headers: { Authorization: `Convex ${backend.adminKey}` },
    body: JSON.stringify({ subject: "ann" }),
  });
  const { token } = (await response.json()) as { token: string };
  const admin = new ConvexHttpClient(backend.url, { logger: false });
  (admin as unknown as { setAdminAuth(key: string): void }).setAdminAuth(backend.adminKey);
  await admin.mutation(mutation("tenants:ensure"), { tenantId: "acme" });
  await admin.mutation(mutation("tenants:ensureMember"), {
    tenantId: "acme",
    tokenIdentifier: `${backend.url}|ann`,
    role: "editor",
  });
  ann = new ConvexHttpClient(backend.url, { logger: false });
  ann.setAuth(token);
}, 120_000);

afterAll(async () => {
  await backend.stop();
  await app.remove();
});

test("the app type-checks", async () => {
  const tsc = join(app.cwd, "node_modules/@typescript/native/bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, "--noEmit", "-p", app.cwd]);
});

test("its cube is answered from its own rollups, live and folded", async () => {
  const rows = [
    { customer: "Ada", tags: ["book", "gift"], amount: 10.25, weight: 0.1, placedAt: NOON },
    { customer: "Ada", tags: ["book"], amount: 5, weight: 0.2, placedAt: NOON - DAY },
    { customer: "Bo", tags: [], amount: 99.99, weight: -0.5, placedAt: NOON },
    { customer: "Bo", tags: ["gift"], amount: 1.001, weight: 1, placedAt: NOON },
  ];
  const result = await ann.mutation(mutation("orders:recordBatch"), { tenantId: "acme", rows });
  expect(result).toMatchObject({ accepted: 3, rejected: [{ index: 3, field: "amount" }] });
  const odd = { ...rows[0], weight: Infinity };
  expect(
    await ann.mutation(mutation("orders:recordBatch"), { tenantId: "acme", rows: [odd] }),
  ).toMatchObject({ accepted: 0, rejected: [{ index: 0, field: "weight", code: "InvalidRow" }] });

  const load = (json: unknown) =>
    ann.query(query("aggregates:load"), { tenantId: "acme", query: json });
  const byCustomer = {
    measures: ["orders.revenue", "orders.largest", "orders.count"],
    dimensions: ["orders.customer"],
  };
  const expected = [
    {
      "orders.customer": "Bo",
      "orders.revenue": 99.99,
      "orders.largest": 99.99,
      "orders.count": 1,
    },
    {
      "orders.customer": "Ada",
      "orders.revenue": 15.25,
      "orders.largest": 10.25,
      "orders.count": 2,
    },
  ];
  await expect
    .poll(async () => (await load(byCustomer)).servedBy, { timeout: 20_000 })
    .toBe("orders.by_customer@1");
  expect((await load(byCustomer)).data).toEqual(expected);
  await expect.poll(async () => (await load(byCustomer)).lagMs, { timeout: 20_000 }).toBe(0);
  expect((await load(byCustomer)).data).toEqual(expected);

  // The sum of the weights is no double, so tiles hold it as text; 5 is an amount that occurs.
  const weights = { measures: ["orders.weight", "orders.typical", "orders.customers"] };
  expect(await load({ ...weights, dimensions: ["orders.customer"] })).toMatchObject({
    servedBy: "orders.by_customer@1",
    exact: false,
    data: [
      { "orders.customer": "Ada", "orders.weight": 0.1 + 0.2, "orders.customers": 1 },
      { "orders.customer": "Bo", "orders.weight": -0.5, "orders.customers": 1 },
    ],
  });
  const [all] = (await load(weights)).data;
  // Doubles added one after the other would give -0.19999999999999996.
  expect(all).toMatchObject({ "orders.weight": -0.19999999999999998, "orders.customers": 2 });
  expect(Math.abs((all!["orders.typical"] as number) - 10.25)).toBeLessThan(0.1025);

  const byTag = await load({ measures: ["orders.count"], dimensions: ["orders.tag"] });
  expect(byTag.servedBy).toBe("orders.by_tag@1");
  expect(byTag.data).toEqual([
    { "orders.tag": "book", "orders.count": 2 },
    { "orders.tag": "gift", "orders.count": 1 },
    { "orders.tag": null, "orders.count": 1 },
  ]);
});
