/** The operator's screen advises rollups by what was asked, and says what it does not propose for want of evidence. */
import { anyApi } from "convex/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lowContrast } from "./support/contrast.js";
import { shoot, useBrowser } from "./support/dashboard.js";
import { startOwnDashboard, type OwnDashboard } from "./support/ownDashboard.js";

const RECORDS = 600;
const REPORTS = 3;

let own: OwnDashboard;
const { open, otherClient } = useBrowser(() => own.url);

/** Has reports rolled up to patterns, as a cron does each hour. */
async function rollUp(): Promise<void> {
  const response = await fetch(`${own.backend.url}/api/mutation`, {
    method: "POST",
    headers: {
      Authorization: `Convex ${own.backend.adminKey}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({
      ...{ path: "patterns/rollUp:rollUp", componentPath: "rollups", args: {}, format: "json" },
    }),
  });
  expect(await response.json()).toMatchObject({ status: "success" });
}

beforeAll(async () => {
  own = await startOwnDashboard();
  await own.addTenant("shop", "UTC");
  const client = await otherClient();
  const tenantId = "shop";
  const rows = Array.from({ length: RECORDS }, (_, i) => ({
    ...{ videoId: `v${i % 9}`, title: `Part ${i % 9}`, channel: `c${i % 5}`, topics: ["Sea"] },
    ...{ category: `k${i % 3}`, viewer: `viewer ${i % 40}`, durationSeconds: 60 },
    watchedAt: Date.now() - i * 900_000,
  }));
  await client.mutation(anyApi["watch"]!["recordBatch"]!, { tenantId, rows });
  // Nothing keeps viewers by hour.
  const dayOf = (daysAgo: number) =>
    new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
  const query = {
    measures: ["watch.count"],
    dimensions: ["watch.viewer"],
    timeDimensions: [
      { dimension: "watch.watchedAt", granularity: "hour", dateRange: [dayOf(7), dayOf(0)] },
    ],
  };
  for (let i = 0; i < REPORTS; i++) {
    const questions = [{ query, asked: 40, route: "scan" }];
    await client.action(anyApi["patterns"]!["report"]!, { tenantId, questions });
  }
  await rollUp();
});
afterAll(() => own.remove());

test("looks at records and questions when it is asked to", async () => {
  const page = await open("?view=operate&tenant=shop");
  const advice = page.getByRole("region", { name: "Advice", exact: true });
  await advice.getByText("are read once").waitFor();
  await advice.getByRole("button", { name: "Look for some" }).click();
  await advice.getByRole("button", { name: "Look again" }).waitFor({ timeout: 50_000 });
  const said = (await advice.textContent()) ?? "";
  expect(said).toContain(`1 form of questions by ${REPORTS} reports`);
  expect(said).toContain(`${RECORDS} of about ${RECORDS} records looked at`);
  expect(said).toContain("inventoryno question was reported");

  await advice.getByText("Not proposed").click();
  expect(await advice.textContent()).toMatch(
    /would save \$[\d.]+ a month\. There are 3 of 20 reports/,
  );
  expect(await lowContrast(page)).toEqual([]);
  await shoot(page, "operate-advice");
});
