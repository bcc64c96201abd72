/** Who may do what through the commands: tokens, the operator, strangers; and the demo's own data. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BackendClient } from "../../cli/backendClient.js";
import { ensureMember, ensureTenant, mintToken } from "../../cli/connection.js";
import { DemoLoad } from "../../cli/demo/loadDemo.js";
import { demoTenants } from "../../cli/demo/tenants.js";
import { LocalBackend } from "./localBackend.js";
import { runCommand } from "./runCommand.js";

let local: LocalBackend;

beforeAll(async () => {
  local = await LocalBackend.start();
});
afterAll(() => local?.stop());

const stockTotals = { measures: ["inventory.count", "inventory.quantity"] };

test("demo data is loaded once, however often; transfers move nothing", async () => {
  for (const { tenantId, timezone } of demoTenants) {
    await ensureTenant(local.process, { tenantId, timezone });
    await ensureMember(local.process, { tenantId, subject: "demo", role: "admin" });
  }
  const client = new BackendClient(local.url, {
    token: await mintToken(local.process, { subject: "demo" }),
  });
  const plan = { records: 2000, end: Date.UTC(2026, 4, 14), seed: "test" };
  for (let run = 0; run < 2; run += 1) {
    const load = new DemoLoad(client, plan, () => undefined);
    await load.loadNewest();
    await load.loadHistory();
    expect(load.counts).toEqual({ total: 4000, accepted: 4000 });
  }
  const [acme] = await local.read("acme", stockTotals);
  const [globex] = await local.read("globex", stockTotals);
  expect(Number(acme?.["inventory.count"]) + Number(globex?.["inventory.count"])).toBe(2000);
  const transfers = { member: "inventory.kind", operator: "equals", values: ["transfer"] };
  expect(
    await local.read("acme", { measures: ["inventory.quantity"], filters: [transfers] }),
  ).toEqual([{ "inventory.quantity": 0 }]);
});

describe("tokens", () => {
  test("one line, and it opens the tenant it was made for, with its role, and no other", async () => {
    const ask = (...args: string[]) => runCommand("token", [...args, "--url", local.url]);
    const made = await ask("--user", "vera", "--tenant", "fresh", "--role", "viewer");
    expect(made).toMatchObject({ status: 0, stderr: "" });
    expect(made.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const vera = new BackendClient(local.url, { token: made.stdout.trim() });
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
    const token = await mintToken(local.process, { subject: "stranger" });
    const file = await local.scratch.write("one.csv", "product,quantity,date\nA,1,2024-01-01\n");
    const done = await local.importInto("rows", "inventory", file, "--token", token);
    expect(done.status).toBe(1);
    expect(done.stderr).toMatch(/^Forbidden: /m);
  });

  test("the operator may import in a user's name; a backend that is not there is named", async () => {
    const file = await local.scratch.write("one.csv", "product,quantity,date\nA,1,2024-01-01\n");
    const done = await local.importInto("operated", "inventory", file, "--admin");
    expect(done.stdout, done.stderr).toMatch(/1 accepted/);
    const nowhere = await runCommand("token", ["--url", "http://127.0.0.1:9"]);
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toMatch(/^NoBackend: /m);
  });
});
