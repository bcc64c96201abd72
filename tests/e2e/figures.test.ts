/** What a figure is compared with, what it is part of, and how it is taken away. */
import { readFileSync } from "node:fs";
import { csvParse } from "d3-dsv";
import { anyApi } from "convex/server";
import { describe, expect, test } from "vitest";
import { burstMs } from "../../src/dashboard/model/decisions.js";
import { lowContrast } from "./support/contrast.js";
import { figures, kpi, kpiValue, settled, shoot, useBrowser } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();
const search = "?tenant=acme&view=watch&period=30d";

const sharesOf = (texts: string[]) =>
  texts.map((text) => Number(text.replace("%", ""))).reduce((sum, share) => sum + share, 0);

describe("a comparison", () => {
  test("is with the period before, the year before or nothing, and stays in the address", async () => {
    const page = await open(search);
    await settled(page);
    const change = page.locator('[data-measure="watch.count"] .kpi-change');
    const before = await change.textContent();
    expect(before).toMatch(/^([+−][\d.,]+%|0%) vs /);
    await page.getByLabel("Compared with").selectOption("year");
    await settled(page);
    expect(await change.textContent()).not.toBe(before);
    expect(await page.locator(".legend").first().textContent()).toContain("Year before");
    expect(new URL(page.url()).searchParams.get("compare")).toBe("year");

    // A decision of its own, not a second thought.
    await page.waitForTimeout(burstMs);
    await page.getByLabel("Compared with").selectOption("off");
    await settled(page);
    expect((await change.textContent())?.trim()).toBe("");
    expect(await page.locator(".grid .card").first().locator(".chart-line-dashed").count()).toBe(0);
    await page.goBack();
    await settled(page);
    expect(new URL(page.url()).searchParams.get("compare")).toBe("year");
  });

  test("leaves today out, whose bucket is marked as not over", async () => {
    const page = await open(search);
    await settled(page);
    const change = page.locator('[data-measure="watch.count"] .kpi-change');
    expect(await change.getAttribute("title")).toMatch(/^Without today: .* compared with /);
    const chart = page.locator(".grid .card").first();
    expect(await chart.locator(".chart-line-partial").count()).toBe(1);
    await chart.locator("svg[role=img]").focus();
    await page.keyboard.press("End");
    expect(await chart.locator("[aria-live=polite]").textContent()).toMatch(/, so far: /);
    await shoot(page, "partial");

    // Weeks that the period cuts are named by the days that count.
    await page.getByText("Week", { exact: true }).click();
    await settled(page);
    await page.getByRole("button", { name: "Show Views as a table" }).click();
    const first = await chart.locator("tbody tr th").last().textContent();
    const from = (await page.locator(".toolbar-span").textContent())?.split(" – ")[0];
    expect(first?.startsWith(from ?? "?")).toBe(true);
  });
});

describe("a ranking", () => {
  test("says each value's share, and what the others are", async () => {
    const page = await open(search);
    await settled(page);
    const card = page.getByRole("region", { name: "Top channels", exact: true });
    const bars = card.locator(".bar");
    expect(await bars.count()).toBe(9);
    expect(await bars.last().textContent()).toMatch(/^Other \(\d+\)/);
    expect(sharesOf(await card.locator(".bar-share").allTextContents())).toBeCloseTo(100, 0);
    await shoot(page, "shares");

    await card.getByRole("button", { name: /^Show all/ }).click();
    await settled(page);
    expect(await bars.count()).toBeGreaterThan(9);
    expect(await card.getByText(/^Other/).count()).toBe(0);
    expect(sharesOf(await card.locator(".bar-share").allTextContents())).toBeCloseTo(100, 0);
  });

  test("says no shares of what does not add up", async () => {
    const page = await open(`${search}&measure=watch.averageDuration`);
    await settled(page);
    const card = page.getByRole("region", { name: "Top channels", exact: true });
    expect(await card.locator(".bar").count()).toBe(9);
    expect(await card.locator(".bar-share").count()).toBe(0);
    // A record has several topics, so that nothing is the rest.
    const topics = page.getByRole("region", { name: "Topics", exact: true });
    expect(await topics.getByText(/^Other/).count()).toBe(0);
  });
});

describe("a card is taken away", () => {
  test("as CSV, with whole values", async () => {
    const page = await open(search);
    await settled(page);
    await page.getByRole("button", { name: "More of Categories" }).click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    expect(file.suggestedFilename()).toBe("categories.csv");
    const rows = csvParse(readFileSync(await file.path(), "utf8").replace("\uFEFF", ""));
    expect(rows.columns.slice(0, 2)).toEqual(["Category", "Views"]);
    const sum = rows.reduce((total, row) => total + Number(row["Views"]), 0);
    expect(sum).toBe(await kpiValue(page, "watch.count"));
  });

  test("as a picture", async () => {
    const page = await open(search);
    await settled(page);
    await page.getByRole("button", { name: "More of Views", exact: true }).click();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download PNG" }).click(),
    ]);
    const picture = readFileSync(await file.path());
    expect(picture.subarray(1, 4).toString()).toBe("PNG");
    expect(picture.readUInt32BE(16)).toBeGreaterThan(1000);
  });

  test("as its question, and as the hook that asks it", async () => {
    const page = await open(search, { permissions: ["clipboard-read", "clipboard-write"] });
    await settled(page);
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    const menu = page.getByRole("button", { name: "More of Top channels" });
    await menu.click();
    await page.getByRole("button", { name: "Copy query" }).click();
    const query = JSON.parse(await copied()) as Record<string, unknown>;
    expect(query).toMatchObject({ dimensions: ["watch.channel"], others: true });
    const client = await otherClient();
    const load = anyApi["aggregates"]!["load"]!;
    const { data } = (await client.query(load, { tenantId: "acme", query })) as {
      data: unknown[];
    };
    expect(data).toHaveLength(9);

    await menu.click();
    await page.getByRole("button", { name: "Copy as useAggregate" }).click();
    expect(await copied()).toBe(
      `const { data, error } = useAggregate(${JSON.stringify(query, null, 2)});\n`,
    );
  });
});

describe("a card says why its answer is what it is", () => {
  test("by rollup, work and refusals, and gives the focus back", async () => {
    const page = await open(`${search}&category=Science`);
    await settled(page);
    const menu = page.getByRole("button", { name: "More of Top channels" });
    await menu.click();
    await page.getByRole("button", { name: "Why this answer" }).click();
    const drawer = page.getByRole("dialog", { name: "Why this answer: Top channels" });
    await drawer.locator(".drawer-facts").waitFor();
    expect(await drawer.locator(".drawer-lead").textContent()).toMatch(/^by_channel@\d+ answers/);
    expect(await drawer.locator(".drawer-facts").textContent()).toMatch(/Documents read\d+/);
    expect(await drawer.locator(".stretch").first().textContent()).toMatch(/^(day|month)$/);
    const refused = drawer.getByRole("region", { name: "What could not" });
    expect(await refused.textContent()).toContain("It does not tell Channel apart.");
    const priced = drawer.getByRole("region", { name: "What could answer" });
    expect(await priced.textContent()).toMatch(/about .*B, .*\$[\d.]+ per thousand answers/);
    expect(await lowContrast(page)).toEqual([]);
    await shoot(page, "explain");

    const beside = drawer.getByRole("region", { name: "Beside reading every record" });
    await beside.getByRole("button", { name: "Read every record" }).click();
    await beside.getByText("Both gave the same rows.").waitFor();
    const client = await otherClient();
    const count = async (path: string) =>
      (await client.query(anyApi["aggregates"]![path]!, {
        tenantId: "acme",
        query: { measures: ["watch.count"] },
      })) as { data: Record<string, number>[] };
    const [row] = (await count("load")).data;
    const read = await beside.getByRole("row", { name: /^Read/ }).textContent();
    expect(read).toContain(`Read${row!["watch.count"]!.toLocaleString("en-US")}`);
    expect(Number(/(\d+)×$/.exec(read ?? "")?.[1])).toBeGreaterThan(5);
    expect(await beside.getByRole("row", { name: /^Sent here/ }).textContent()).toMatch(/KB.*×$/);
    await beside.getByRole("row", { name: /^Until/ }).scrollIntoViewIfNeeded();
    expect(await lowContrast(page)).toEqual([]);
    await shoot(page, "side-by-side");
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "hidden" });
    expect(await menu.evaluate((button) => button === document.activeElement)).toBe(true);
  });
});

test("paused figures stand still, and catch up afterwards", async () => {
  const page = await open(search);
  const before = await figures(page);
  const views = await kpiValue(page, "watch.count");
  await page.getByRole("button", { name: "Pause" }).click();
  const client = await otherClient();
  const row = {
    ...{ videoId: "p", title: "A pause", channel: "Pauses", topics: ["Rest"], category: "Science" },
    ...{ viewer: "e2e", watchedAt: Date.now(), durationSeconds: 60 },
  };
  await client.mutation(anyApi["watch"]!["record"]!, { tenantId: "acme", row });
  await page.waitForTimeout(2500);
  expect(await figures(page)).toEqual(before);
  expect(await page.locator(".status-state").textContent()).toBe("Paused");
  await shoot(page, "paused");
  await page.getByRole("button", { name: "Pause" }).click();
  await expect.poll(() => kpiValue(page, "watch.count"), { timeout: 20_000 }).toBe(views + 1);
  expect(await kpi(page, "watch.count").textContent()).toMatch(/\d/);
});
