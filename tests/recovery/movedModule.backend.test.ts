/**
 * A deploy moves the functions that upkeep asks the app by to another module: answers are right all the
 * while, and the next writes tell upkeep where they are. A module that is named wrong is refused by name.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureMember, ensureTenant, mintToken } from "../../cli/connection.js";
import { api } from "../../convex/_generated/api.js";
import type { LocalBackend } from "../../local/backend.js";
import { stockRow } from "../convex/harness.js";
import { AppCopy } from "../support/appCopy.js";
import { startStage } from "../support/stage.js";

const tenantId = "acme";
const query = { measures: ["inventory.count" as const] };
const exported = "export const { source, start, expire, importRows } = rollups.functions();";

let backend: LocalBackend;
let app: AppCopy;
let ann: ConvexHttpClient;
let written = 0;

beforeAll(async () => {
  app = await AppCopy.layOut();
  backend = await startStage({ dataDir: join(app.cwd, "data") });
  await app.push(backend);
  await ensureTenant(backend, { tenantId });
  await ensureMember(backend, { tenantId, subject: "ann", role: "admin" });
  ann = new ConvexHttpClient(backend.url, { logger: false });
  ann.setAuth(await mintToken(backend, { subject: "ann" }));
}, 120_000);

afterAll(async () => {
  await backend?.stop();
  await app?.remove();
});

async function record(): Promise<void> {
  await ann.mutation(api.inventory.record, { tenantId, row: stockRow({ occurredAt: Date.now() }) });
  written++;
}
const load = (freshness: "live" | "folded" = "live") =>
  ann.query(api.aggregates.load, { tenantId, query, freshness });

/** Waits until folded answers have all that was written; live ones do all the while. */
async function expectFolded({ writes = false } = {}): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (let i = 1; ; i++) {
    const live = await load();
    expect(live.data).toEqual([{ "inventory.count": written }]);
    const { backlog } = await ann.query(api.aggregates.freshness, { tenantId });
    if (!backlog && live.servedBy === "inventory.totals@1") break;
    if (Date.now() > deadline) throw new Error("The worker does not come back.");
    if (writes && i % 8 === 0) await record();
    await sleep(500);
  }
  expect((await load("folded")).data).toEqual([{ "inventory.count": written }]);
}

test("the module is moved, and everything goes on", async () => {
  await record();
  await expectFolded();
  await app.replace("convex/rollups.ts", exported, "");
  await app.replace("convex/rollups.ts", 'module: "rollups"', 'module: "metrics"');
  await app.write("convex/metrics.ts", `import { rollups } from "./rollups.js";\n${exported}\n`);
  await app.push(backend);
  await record();
  // A write finds the worker awake, which asks where the app is no more; one of the next wakes it.
  await expectFolded({ writes: true });
});

test("a module that is named wrong is refused by name, and writes go on", async () => {
  await app.replace("convex/rollups.ts", 'module: "metrics"', 'module: "elsewhere"');
  await app.push(backend);
  await record();
  const error: unknown = await load().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConvexError);
  expect((error as ConvexError<Record<string, string>>).data).toMatchObject({
    code: "MisplacedModule",
    module: "elsewhere",
  });
  await app.replace("convex/rollups.ts", 'module: "elsewhere"', 'module: "metrics"');
  await app.push(backend);
  await expectFolded();
});
