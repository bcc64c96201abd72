import { anyApi } from "convex/server";
import { describe, expect, test } from "vitest";
import { figures, kpi, kpiValue, settled, useBrowser } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();

const watchRow = {
  videoId: "e2e",
  title: "A test, part 1",
  channel: "Test Channel",
  topics: ["Testing"],
  category: "Science",
  viewer: "e2e",
  durationSeconds: 60,
};

/** A busy machine is slow, not wrong. */
const PATIENT = { timeout: 20_000 };

describe("the dashboard", () => {
  test.each([
    ["watch", ["Categories", "Topics", "Top channels", "When people watch", "Top videos"]],
    [
      "inventory",
      ["Stock on hand", "Warehouses", "Kinds of movement", "Top products", "Categories"],
    ],
  ])("shows data in every widget of %s", async (view, titles) => {
    const page = await open(`?view=${view}&period=90d`);
    const shown = await figures(page);
    for (const title of titles) expect(shown[`${title} card`]).not.toEqual([]);
    expect(await page.locator(".note").count()).toBe(0);
    expect(await page.locator(".entry").count()).toBeGreaterThan(0);
    for (const value of await page.locator(".kpi-value").allTextContents()) {
      expect(value).toMatch(/\d/);
    }
  });

  test("says of an approximate figure that it is one, and how far it may be off", async () => {
    const page = await open("?view=watch&period=90d&measure=watch.medianDuration");
    await settled(page);
    const median = kpi(page, "watch.medianDuration");
    expect(await median.textContent()).toMatch(/^≈ \d/);
    expect(await median.getAttribute("title")).toMatch(/^\d.*, give or take 1%$/);
    expect(await kpi(page, "watch.averageDuration").textContent()).toMatch(/^\d/);
    const categories = (await figures(page))["Categories card"];
    expect(categories?.length).toBeGreaterThan(1);
    for (const bar of categories ?? []) expect(bar).toMatch(/\d[ms]/);
  });

  test("answers every preset, and custom dates", async () => {
    const page = await open("?view=watch");
    for (const label of [
      "Last 7 days",
      "Last month",
      "Year to date",
      "Last 12 months",
      "All time",
    ]) {
      await page.locator(".toolbar .popover > .button").first().click();
      await page.getByRole("button", { name: label, exact: true }).click();
      await settled(page);
      expect(await page.locator(".note").count()).toBe(0);
    }
    await page.locator(".toolbar .popover > .button").first().click();
    const today = new Date().toISOString().slice(0, 10);
    await page.getByLabel("From", { exact: true }).fill("2020-01-01");
    await page.getByLabel("To", { exact: true }).fill(today);
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await settled(page);
    expect(new URL(page.url()).searchParams.get("period")).toBe(`2020-01-01..${today}`);
  });

  test("keeps the tenants apart", async () => {
    const page = await open("?tenant=acme&view=inventory");
    const acme = await figures(page);
    await page.getByLabel("Tenant").selectOption("globex");
    const globex = await figures(page);
    expect(globex["Warehouses card"]).not.toEqual(acme["Warehouses card"]);
    expect(new URL(page.url()).searchParams.get("tenant")).toBe("globex");
  });

  test("filters by a clicked bar, shows a chip, and takes it away again", async () => {
    const page = await open("?view=watch&period=90d");
    const before = await figures(page);
    const bar = page.getByRole("button", { name: /^Science/ });
    const value = await bar.locator(".bar-value").textContent();
    await bar.click();
    await settled(page);
    expect(await bar.getAttribute("aria-pressed")).toBe("true");
    expect(await kpi(page, "watch.count").textContent()).toBe(value);
    expect(new URL(page.url()).searchParams.getAll("category")).toEqual(["Science"]);

    await page.reload();
    await settled(page);
    expect(await kpi(page, "watch.count").textContent()).toBe(value);

    await page.getByRole("button", { name: "Remove filter Category is Science" }).click();
    expect(await figures(page)).toEqual(before);
    await page.goBack();
    await settled(page);
    expect(await kpi(page, "watch.count").textContent()).toBe(value);
  });

  test("switches granularity and measure", async () => {
    const page = await open("?view=watch&period=90d");
    await settled(page);
    const line = page
      .locator(".grid .card")
      .first()
      .locator("path.chart-line:not(.chart-line-partial)")
      .last();
    const daily = await line.getAttribute("d");
    await page.getByText("Month", { exact: true }).click();
    await settled(page);
    const monthly = await line.getAttribute("d");
    expect(monthly?.length).toBeLessThan(daily?.length ?? 0);
    await page.locator('[data-measure="watch.viewers"]').click();
    await page.getByRole("heading", { name: "Viewers" }).waitFor();
    await settled(page);
    expect(await line.getAttribute("d")).not.toBe(monthly);
  });

  test.each(["watch", "inventory"])(
    "shows the same figures of %s from rollups and from the browser, without a reload",
    async (view) => {
      const page = await open(`?view=${view}&period=12m`);
      const rollups = await figures(page);
      // The backend answers first, then tiles of its rollups that the browser holds.
      await page.locator('.status[data-source="tiles"]').waitFor();
      expect(await figures(page)).toEqual(rollups);
      await page.evaluate(() => Object.assign(window, { unreloaded: true }));

      await page.getByText("Browser", { exact: true }).click();
      await page.locator('.status[data-source="client"]').waitFor();
      expect(await figures(page)).toEqual(rollups);

      await page.getByText("Rollups", { exact: true }).click();
      await page.locator('.status[data-source="tiles"]').waitFor();
      expect(await figures(page)).toEqual(rollups);
      expect(await page.evaluate(() => "unreloaded" in window)).toBe(true);
    },
  );

  test.each([
    ["Rollups", "tiles"],
    ["Browser", "client"],
  ])("moves the moment another client writes, computed in: %s", async (mode, source) => {
    const page = await open("?tenant=acme&view=watch&period=7d");
    await settled(page);
    await page.getByText(mode, { exact: true }).click();
    let before: number;
    try {
      await page.locator(`.status[data-source="${source}"]`).waitFor();
      await settled(page);
      before = await kpiValue(page, "watch.count");
      const client = await otherClient();
      const row = { ...watchRow, watchedAt: Date.now(), key: `e2e-${mode}-${Date.now()}` };
      await client.mutation(anyApi["watch"]!["record"]!, { tenantId: "acme", row });
      await expect.poll(() => kpiValue(page, "watch.count"), PATIENT).toBe(before + 1);
      await page.locator(".entry", { hasText: "Test Channel" }).first().waitFor();
    } finally {
      // The flag is the tenant's, and the next suites ask the same tenant.
      await page.getByText("Rollups", { exact: true }).click();
      await page.locator('.status[data-source="tiles"]').waitFor();
    }
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(before + 1);
  });

  test("writes one record from the toolbar, and every open page sees it", async () => {
    const writer = await open("?tenant=globex&view=inventory&period=7d");
    const reader = await open("?tenant=globex&view=inventory&period=7d");
    await Promise.all([settled(writer), settled(reader)]);
    const before = await kpiValue(reader, "inventory.count");
    await writer.getByRole("button", { name: "Receive stock" }).click();
    await expect.poll(() => kpiValue(reader, "inventory.count"), PATIENT).toBe(before + 1);
    await expect.poll(() => kpiValue(writer, "inventory.count"), PATIENT).toBe(before + 1);
  });

  test("says when the connection is lost, keeps its figures, and catches up", async () => {
    let isDown = false;
    const sockets: (() => Promise<void>)[] = [];
    const page = await open("?tenant=acme&view=watch&period=7d", {
      expectErrors: /WebSocket/,
      prepare: (opened) =>
        opened.routeWebSocket(/\/sync$/, (socket) => {
          if (isDown) return void socket.close();
          socket.connectToServer();
          sockets.push(() => socket.close());
        }),
    });
    await settled(page);
    const before = await kpiValue(page, "watch.count");
    isDown = true;
    await Promise.all(sockets.map((close) => close()));
    await page.getByText("Reconnecting").waitFor();
    expect(await kpiValue(page, "watch.count")).toBe(before);
    const client = await otherClient();
    const row = { ...watchRow, watchedAt: Date.now(), key: `e2e-offline-${Date.now()}` };
    await client.mutation(anyApi["watch"]!["record"]!, { tenantId: "acme", row });
    isDown = false;
    await settled(page);
    await expect.poll(() => kpiValue(page, "watch.count"), { timeout: 20_000 }).toBe(before + 1);
  });

  test("says when sign-in fails, and tries again", async () => {
    let isDown = true;
    const page = await open("", {
      expectErrors: /503/,
      prepare: (opened) =>
        opened.route("**/demo/token", (route) =>
          isDown ? route.fulfill({ status: 503, body: "{}" }) : route.continue(),
        ),
    });
    await page.getByText("Could not sign in").waitFor();
    isDown = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await settled(page);
  });
});
