/**
 * A cell that is wrong is found by people who only look at the old way: the operator's screen shows both rows and the
 * question, and that the rollout was taken back, and why.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { catalogue } from "../../convex/cubes.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import { readingOf } from "../../lib/resolve/reading.js";
import { setEnvironment } from "../../local/push.js";
import { lowContrast } from "./support/contrast.js";
import { shoot, useBrowser } from "./support/dashboard.js";
import { startOwnDashboard, type OwnDashboard } from "./support/ownDashboard.js";

const tenantId = "shop";
const inventory: CubeDefinition = catalogue.inventory;
const DAY = 86_400_000;
/** In shadow, `limits.rollout.shadowDifferences` of them take the new way back: each page reports one at once. */
const VIEWERS = 3;

let own: OwnDashboard;
const { open, otherClient } = useBrowser(() => own.url);

const rowOf = (i: number) => ({
  ...{ product: `Product ${i % 7}`, category: `Category ${i % 3}`, warehouse: "North" },
  ...{ kind: "receipt", quantity: 2, unitCost: 4.25, occurredAt: Date.now() - i * DAY },
});

async function folded(): Promise<void> {
  const client = await otherClient();
  while ((await client.query(api.aggregates.freshness, { tenantId })).backlog) await sleep(100);
}

/** Puts into the log what no record says, as a fault of capture would: cells of all rollups of the cube are then wrong. */
async function writeWrongCells(): Promise<void> {
  const changes = [1, 31, 61].map((i) => ({
    ...{ cube: inventory.name, op: "insert", docId: `none ${i}`, docCreatedAt: Date.now() },
    ...{ before: null, after: projectFact(inventory, rowOf(i)) },
  }));
  const rows = [{ changes, readings: { inventory: readingOf(inventory) } }];
  const { url, adminKey } = own.backend;
  const response = await fetch(`${url}/api/mutation`, {
    method: "POST",
    headers: { Authorization: `Convex ${adminKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      ...{ path: "log/append:append", componentPath: "rollups", format: "json" },
      args: { source: null, tenants: [{ tenantId, rows }] },
    }),
  });
  expect(await response.json()).toMatchObject({ status: "success" });
}

beforeAll(async () => {
  own = await startOwnDashboard();
  await setEnvironment(own.backend, { ROLLUPS_REST_MS_MIN: "100", ROLLUPS_REST_MS_MAX: "1000" });
  await own.addTenant(tenantId, "UTC");
  const client = await otherClient();
  const rows = Array.from({ length: 90 }, (_, i) => rowOf(i));
  await client.mutation(api.inventory.recordBatch, { tenantId, rows });
  await folded();
  await writeWrongCells();
  await folded();
  await client.mutation(api.flags.move, { tenantId, stage: "shadow" });
});
afterAll(() => own.remove());

const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
const found = (page: Page) => card(page, "Old way against rollups").locator("details");
const rollback = (page: Page) =>
  card(page, "Rollout").getByText(
    /^Taken back from shadow, (now|\d+\w+ ago): 3 different answers within 10 min\. Off until an admin moves it\.$/,
  );

describe("a wrong cell of a rollup", () => {
  test("is found within a minute by who looks at the old way, and takes the rollout back", async () => {
    const operator = await open(`?view=operate&tenant=${tenantId}`);
    await card(operator, "Old way against rollups").getByText("Nothing was compared.").waitFor();
    for (let i = 0; i < VIEWERS; i++) await open(`?view=inventory&tenant=${tenantId}`);
    // Both come by subscription: the page is not loaded again.
    await rollback(operator).waitFor({ timeout: 60_000 });
    const client = await otherClient();
    const { differences } = await client.query(api.flags.differences, { tenantId });
    await expect.poll(() => found(operator).count()).toBe(differences.length);
    const { rollout } = await client.query(api.flags.get, { tenantId });
    expect(rollout).toMatchObject({ stage: "shadow", rollback: null });
    expect(rollout?.cubes?.["inventory"]).toMatchObject({
      mode: "off",
      rollout: { stage: "off", rollback: { reason: "differences", count: 3 } },
    });
  });

  const screens = (["light", "dark"] as const).flatMap((theme) =>
    ([1440, 390] as const).map((width) => ({ theme, width })),
  );

  test.each(screens)("$theme, $width px: fits, and reads", async ({ theme, width }) => {
    const page = await open(`?view=operate&tenant=${tenantId}`, {
      colorScheme: theme,
      viewport: { width, height: 1000 },
    });
    await rollback(page).waitFor();
    const client = await otherClient();
    const { differences } = await client.query(api.flags.differences, { tenantId });
    const at = differences.findIndex(({ kind }) => kind === "value");
    const difference = differences[at]!;
    const item = found(page).nth(at);
    await item.getByText("Other values").click();
    const cells = (await item.locator("tbody tr").allTextContents()).join("\n");
    const [measure] = (difference.query as { measures: string[] }).measures;
    const [old, rolled] = [difference.old, difference.new].map(
      (row) => (row as Record<string, unknown>)[measure!],
    );
    expect(rolled).not.toBe(old);
    expect(cells).toContain(
      `${measure!.slice("inventory.".length)}${String(old)}≠ ${String(rolled)}`,
    );
    const said = (await item.textContent()) ?? "";
    expect(said).toContain(`Answered by ${difference.route} as of `);
    expect(difference.route).toMatch(/^inventory\.\w+@1$/);
    expect(said).toContain(`commit ${difference.commit}`);
    const asked = JSON.parse((await item.locator("pre").textContent()) ?? "") as object;
    expect(difference.query).toMatchObject(asked);
    expect(asked).toHaveProperty("measures", (difference.query as { measures: string[] }).measures);

    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await lowContrast(page)).toEqual([]);
    await item.scrollIntoViewIfNeeded();
    await shoot(page, `differences-${theme}-${width}`);
  });
});
