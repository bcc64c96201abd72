/** Records dated in the future do not move the screen: they are told apart, and can be shown. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { anyApi } from "convex/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lowContrast } from "./support/contrast.js";
import { kpiValue, settled, shoot, useBrowser } from "./support/dashboard.js";
import { startOwnDashboard, type OwnDashboard } from "./support/ownDashboard.js";

let own: OwnDashboard;
const { open, otherClient } = useBrowser(() => own.url);

async function record(tenantId: string, times: readonly number[]): Promise<void> {
  const client = await otherClient();
  const rows = times.map((watchedAt, i) => ({
    ...{ key: `r${i}`, videoId: "v", title: "A title", channel: "A channel", topics: ["Sea"] },
    ...{ category: "Science", viewer: "ann", durationSeconds: 60, watchedAt },
  }));
  const { rejected } = (await client.mutation(anyApi["watch"]!["recordBatch"]!, {
    ...{ tenantId, rows },
  })) as { rejected: unknown[] };
  expect(rejected).toEqual([]);
}

beforeAll(async () => {
  own = await startOwnDashboard();
  await own.addTenant("history", "UTC");
  await own.addTenant("empty", "UTC");
  await own.addTenant("ahead", "UTC");
  const december = Array.from({ length: 31 }, (_, day) => Date.UTC(2019, 11, day + 1, 12));
  await record("history", [...december, Date.UTC(2099, 5, 5, 12)]);
  await record("ahead", [Date.UTC(2098, 0, 1), Date.UTC(2099, 0, 1)]);
});
afterAll(() => own.remove());

describe("a history of 2019 with one record dated 2099", () => {
  test("is shown from its newest day up to now, and the record is told", async () => {
    const page = await open("?tenant=history");
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(30);
    expect(await page.locator(".toolbar-span").textContent()).toBe("Dec 2 – 31, 2019");
    await page.getByText("1 record dated in the future, on Jun 5, 2099").waitFor();
    expect(await page.locator(".note").count()).toBe(0);
    await shoot(page, "future-noted");
  });

  test("has an all-time that ends where it ends", async () => {
    const page = await open("?tenant=history&period=all");
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(31);
    await page.getByRole("button", { name: "Show Views as a table" }).click();
    const rows = page.locator(".grid .card").first().locator("tbody tr");
    expect(await rows.allTextContents()).toEqual(["December 201931"]);
  });

  test("shows the record when asked to, and comes back", async () => {
    const page = await open("?tenant=history");
    await page.getByText("1 record dated in the future").click();
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(1);
    expect(new URL(page.url()).searchParams.get("period")).toBe("2099-01-01..2099-06-05");
    await page.goBack();
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(30);
  });
});

test.each([1280, 360])("the note fits and reads at %d px", async (width) => {
  const page = await open("?tenant=ahead&period=all", { viewport: { width, height: 900 } });
  await page.getByText("dated in the future").waitFor();
  await settled(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  expect(await lowContrast(page)).toEqual([]);
  await shoot(page, `future-noted-${width}`);
});

describe("a tenant without a past", () => {
  test("says how the first record comes in, and shows it without a reload", async () => {
    const page = await open("?tenant=empty");
    await settled(page);
    await page.getByRole("heading", { name: "No records yet" }).waitFor();
    expect(await page.locator(".kpi, .grid").count()).toBe(0);
    expect(await page.locator(".status").textContent()).not.toContain("1970");
    await shoot(page, "empty");

    const command = await page.locator("pre", { hasText: "curl" }).textContent();
    const response = await fetch(`${own.url}/demo/token`);
    const { token } = (await response.json()) as { token: string };
    const env = { ...process.env, TOKEN: token };
    const { stdout } = await promisify(execFile)("bash", ["-c", command ?? ""], { env });
    expect(JSON.parse(stdout)).toMatchObject({ status: "success" });
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(1);
  });

  test("is told of what is dated in the future", async () => {
    const page = await open("?tenant=ahead&period=all");
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(0);
    await page.getByText("2 records dated in the future, up to Jan 1, 2099").waitFor();
  });
});
