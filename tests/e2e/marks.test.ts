/** Every mark is a filter: bars, legend, weekdays and the time axis; and what the address and the history keep of it. */
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { lowContrast } from "./support/contrast.js";
import { built, kpiValue, settled, shoot, useBrowser } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();
const watch = "?tenant=acme&view=watch";

const params = (page: Page) => new URL(page.url()).searchParams;
const chips = (page: Page) =>
  page
    .locator(".chip")
    .evaluateAll((all) =>
      all.map((chip) =>
        [".chip-title", ".chip-words", ".chip-value"]
          .map((part) => chip.querySelector(part)?.textContent)
          .join(" "),
      ),
    );
const trend = (page: Page) => page.locator(".grid .card").first();
const servedBy = (card: Locator) => card.getAttribute("data-served-by");
const granularities = (page: Page) =>
  page.getByRole("radiogroup", { name: "Granularity" }).locator(".segment").allTextContents();
const shown = (page: Page) =>
  page.getByRole("radiogroup", { name: "Granularity" }).locator(".segment-on").textContent();

beforeAll(async () => await built(await otherClient()), 600_000);

describe("granularities", () => {
  test("are those that suit the period, and others fall back", async () => {
    const page = await open(`${watch}&period=7d&by=hour`);
    await settled(page);
    expect(await granularities(page)).toEqual(["Hour", "Day"]);
    expect(await shown(page)).toBe("Hour");
    expect(await servedBy(trend(page))).toMatch(/^watch\.totals@\d+$/);
    await trend(page).getByRole("img").focus();
    await page.keyboard.press("Home");
    expect(await trend(page).locator("[aria-live=polite]").textContent()).toMatch(/, 00:00: /);
    await shoot(page, "hours");

    // No rollup keeps hours by category.
    await page.getByRole("button", { name: /^Science/ }).click();
    await settled(page);
    expect(await granularities(page)).toEqual(["Day"]);
    expect(await trend(page).locator(".card-hint").textContent()).toBe(
      "Hours are not kept with these filters: these are days.",
    );
    expect(params(page).get("by")).toBe("hour");

    await page.goto(page.url().replace(/\?.*/, `${watch}&period=12m&by=day`));
    await settled(page);
    expect(await granularities(page)).toEqual(["Week", "Month", "Quarter"]);
    expect(await shown(page)).toBe("Week");
    await page.getByText("Quarter", { exact: true }).click();
    await settled(page);
    expect(params(page).get("by")).toBe("quarter");
    expect(await servedBy(trend(page))).toMatch(/^watch\.\w+@\d+$/);
    await shoot(page, "quarters");
  });
});

describe("a brush on the time axis", () => {
  test("by pointer shows the days that it is dragged over", async () => {
    const page = await open(`${watch}&period=30d`);
    await settled(page);
    const chart = trend(page).getByRole("img");
    await chart.focus();
    await page.keyboard.press("Escape");
    const box = (await chart.boundingBox())!;
    const at = (share: number) => box.x + 52 + share * (box.width - 64);
    await page.mouse.move(at(1 / 3), box.y + 100);
    await page.mouse.down();
    await page.mouse.move(at(0.5), box.y + 120, { steps: 4 });
    await page.mouse.move(at(2 / 3), box.y + 120, { steps: 4 });
    const picked = await trend(page).locator(".chart-readout-title").textContent();
    await shoot(page, "brush");
    await page.mouse.up();
    await settled(page);
    expect(await page.locator(".toolbar-span").textContent()).toBe(picked);
    expect(params(page).get("period")).toMatch(/^\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d$/);
    await page.goBack();
    await settled(page);
    expect(params(page).get("period")).toBe("30d");
  });

  test("by keyboard picks with Shift, leaves with Escape and shows with Enter", async () => {
    const page = await open(`${watch}&period=12m&by=month`);
    await settled(page);
    const chart = trend(page).getByRole("img");
    await chart.focus();
    for (const key of ["Home", "Shift+ArrowRight", "Shift+ArrowRight"]) {
      await page.keyboard.press(key);
    }
    expect(await trend(page).locator(".chart-band").count()).toBe(1);
    expect(await trend(page).locator("[aria-live=polite]").textContent()).toMatch(
      / – .*Enter shows it, Escape leaves/,
    );
    await shoot(page, "brush-keys");
    await page.keyboard.press("Escape");
    expect(await trend(page).locator(".chart-band").count()).toBe(0);
    expect(params(page).get("period")).toBe("12m");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Enter");
    await settled(page);
    const [from, to] = params(page).get("period")!.split("..") as [string, string];
    expect(from.slice(8)).toBe("01");
    const days = (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
    expect(days).toBeGreaterThanOrEqual(59);
    expect(days).toBeLessThanOrEqual(62);
    expect(await chart.evaluate((svg) => svg === document.activeElement)).toBe(true);
  });
});

describe("a trend that is split", () => {
  const tableRows = (page: Page) =>
    trend(page)
      .locator("tbody tr")
      .evaluateAll((all) =>
        all.map((row) => [...row.children].map((cell) => cell.textContent ?? "")),
      );
  const numbers = (cells: readonly string[]) =>
    cells.map((cell) => Number(cell.replaceAll(/[^\d.-]/g, "")));

  test("is its largest values and all others, which add up to the whole in each bucket", async () => {
    const whole = await open(`${watch}&period=30d&by=day&compare=off&table=trend`);
    await settled(whole);
    const expected = (await tableRows(whole)).map(([day, count = ""]) => [
      day,
      ...numbers([count]),
    ]);
    expect(expected).toHaveLength(30);
    for (const dimension of ["category", "channel"]) {
      const page = await open(`${watch}&period=30d&by=day&table=trend&split=${dimension}`);
      await settled(page);
      const titles = await trend(page).locator("thead th").allTextContents();
      expect(titles).toHaveLength(7);
      expect(titles.at(-1)).toBe("Other");
      const sums = (await tableRows(page)).map(([day, ...cells]) => [
        day,
        numbers(cells).reduce((sum, one) => sum + one, 0),
      ]);
      expect(sums).toEqual(expected);
      expect(await servedBy(trend(page))).toMatch(/^watch\.\w+@\d+$/);
    }
  });

  test("is chosen by its menu, kept by the address, and its legend filters", async () => {
    const page = await open(`${watch}&period=30d`);
    await settled(page);
    await page.getByLabel("Split by").selectOption("Category");
    await settled(page);
    expect(params(page).get("split")).toBe("category");
    expect(await trend(page).locator("path.chart-band-of").count()).toBe(6);
    const legend = trend(page).locator(".legend li");
    const names = await legend.allTextContents();
    expect(names).toHaveLength(6);
    expect(await lowContrast(page)).toEqual([]);
    await shoot(page, "split");

    await legend.nth(1).getByRole("button").click();
    await settled(page);
    expect(params(page).getAll("category")).toEqual([names[1]]);
    // All values stay in sight, those that are not asked for behind.
    expect(await legend.allTextContents()).toHaveLength(6);
    expect(await trend(page).locator(".chart-faint").count()).toBe(5);
    expect(await trend(page).locator(".legend li:last-child button").count()).toBe(0);

    await page.goBack();
    await page.goBack();
    await settled(page);
    expect(params(page).get("split")).toBeNull();
    expect(await trend(page).locator("path.chart-band-of").count()).toBe(0);
  });

  test("shows what does not add up as lines", async () => {
    const page = await open(`${watch}&period=90d&split=channel&measure=watch.averageDuration`);
    await settled(page);
    expect(await trend(page).getAttribute("aria-label")).toBe("Average watch time by channel");
    expect(await trend(page).locator("path.chart-band-of").count()).toBe(0);
    expect(await trend(page).locator(".legend li").count()).toBe(6);
  });
});

describe("a value", () => {
  test("that is left out is the complement of the value alone, in words, by tiles, and turned round by its chip", async () => {
    const page = await open(`${watch}&period=90d`);
    await settled(page);
    const all = await kpiValue(page, "watch.count");
    const bar = page.getByRole("button", { name: /^Science/ });
    await bar.click({ modifiers: ["Alt"] });
    await settled(page);
    expect(await chips(page)).toEqual(["Category is not Science"]);
    expect(await bar.getAttribute("aria-pressed")).toBe("true");
    expect(await bar.textContent()).toContain("left out");
    expect(params(page).getAll("category.not")).toEqual(["Science"]);
    const others = await kpiValue(page, "watch.count");
    expect(await servedBy(page.locator('[data-measure="watch.count"]'))).toMatch(
      /^watch\.\w+@\d+$/,
    );
    expect(await page.locator(".main [role=alert]").count()).toBe(0);
    expect(await lowContrast(page)).toEqual([]);
    await shoot(page, "left-out");

    await page.reload();
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(others);
    await page.getByRole("button", { name: "Category is not Science: show it alone" }).focus();
    await page.keyboard.press("Enter");
    await settled(page);
    expect(await chips(page)).toEqual(["Category is Science"]);
    const alone = await kpiValue(page, "watch.count");
    expect(alone).toBeGreaterThan(0);
    expect(alone + others).toBe(all);

    await page.getByRole("button", { name: "Remove filter Category is Science" }).click();
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(all);
  });

  test("of several per record is left out of the records that have it", async () => {
    const page = await open(`${watch}&period=90d`);
    await settled(page);
    const all = await kpiValue(page, "watch.count");
    const topics = page.getByRole("region", { name: "Topics", exact: true });
    const bar = topics.locator("button.bar").first();
    const topic = Number((await bar.locator(".bar-value").textContent())?.replace(/\D/g, ""));
    await bar.click({ modifiers: ["Shift"] });
    await settled(page);
    expect(await kpiValue(page, "watch.count")).toBe(all - topic);
    expect(await page.locator(".main [role=alert]").count()).toBe(0);
  });
});

test("a weekday filters by its row; a cell is no button", async () => {
  const page = await open(`${watch}&period=90d`);
  await settled(page);
  const card = page.getByRole("region", { name: "When people watch", exact: true });
  const friday = card.getByRole("button", { name: "Fri", exact: true });
  await friday.click();
  await settled(page);
  expect(await chips(page)).toEqual(["Weekday is Friday"]);
  expect(params(page).getAll("weekday")).toEqual(["5"]);
  expect(await friday.getAttribute("aria-pressed")).toBe("true");
  expect(await card.locator(".week-row-faint").count()).toBe(6);
  expect(await page.locator(".main [role=alert]").count()).toBe(0);
  const alone = await kpiValue(page, "watch.count");
  expect(alone).toBeGreaterThan(0);
  await card.locator(".week-cell").first().click();
  expect(params(page).getAll("weekday")).toEqual(["5"]);
  // The trend has no other days.
  await page.getByRole("button", { name: "Show Views as a table" }).click();
  const days = await trend(page).locator("tbody th").allTextContents();
  expect(days.length).toBeGreaterThan(10);
  expect(days.filter((day) => !day.startsWith("Fri"))).toEqual([]);
  await shoot(page, "weekday");
});

test("an entry of the legend filters by its line, and its colour stays", async () => {
  const page = await open("?tenant=acme&view=inventory&period=90d");
  await settled(page);
  const card = page.getByRole("region", { name: "Stock on hand", exact: true });
  const entries = card.locator(".legend button");
  const count = await entries.count();
  expect(count).toBeGreaterThan(2);
  const second = entries.nth(1);
  const name = (await second.textContent()) ?? "";
  const color = await second.locator(".swatch").getAttribute("style");
  await second.click();
  await settled(page);
  expect(await chips(page)).toEqual([`Warehouse is ${name}`]);
  expect(await entries.count()).toBe(count);
  expect(await second.locator(".swatch").getAttribute("style")).toBe(color);
  expect(await card.locator(".chart-faint").count()).toBe(count - 1);
  await second.click({ modifiers: ["Alt"] });
  await settled(page);
  expect(await chips(page)).toEqual([`Warehouse is not ${name}`]);
  await shoot(page, "legend");
});

describe("going back", () => {
  test("undoes a decision: clicks in one burst, or what another control does", async () => {
    const page = await open(`${watch}&period=90d`);
    await settled(page);
    // All at once, as a quick hand does.
    await page.evaluate(async () => {
      const card = document.querySelector(".card[aria-label='Categories']");
      for (const i of [0, 1, 2]) {
        card?.querySelectorAll<HTMLElement>("button.bar")[i]?.click();
        await new Promise((painted) => setTimeout(painted, 50));
      }
    });
    await settled(page);
    expect(params(page).getAll("category")).toHaveLength(3);
    await page.getByRole("region", { name: "Topics" }).locator("button.bar").first().click();
    await settled(page);
    expect(await page.locator(".chip").count()).toBe(4);
    await page.goBack();
    await settled(page);
    expect(await page.locator(".chip").count()).toBe(3);
    await page.goBack();
    await settled(page);
    expect(await page.locator(".chip").count()).toBe(0);
    expect(params(page).get("period")).toBe("90d");
  });

  test("and a reload show tables that were chosen", async () => {
    const page = await open(`${watch}&period=90d`);
    await settled(page);
    const toggle = page.getByRole("button", { name: "Show Categories as a table" });
    await toggle.click();
    expect(params(page).getAll("table")).toEqual(["category"]);
    await page.reload();
    await settled(page);
    expect(await toggle.getAttribute("aria-pressed")).toBe("true");
    expect(await page.locator(".grid table").count()).toBe(1);
    await page.goBack();
    await settled(page);
    expect(await page.locator(".grid table").count()).toBe(0);
  });
});

const onPhones = [
  ["marks", "period=7d&by=hour&category.not=Science&category.not=Music&weekday.not=1"],
  ["all-time", "period=all"],
] as const;

test.each(
  onPhones.flatMap((screen) =>
    (["light", "dark"] as const).map((theme) => [...screen, theme] as const),
  ),
)("all of it is readable on a phone: %s, %s, %s", async (name, search, colorScheme) => {
  const page = await open(`${watch}&${search}`, {
    ...{ colorScheme, viewport: { width: 360, height: 900 } },
  });
  await settled(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  expect(await lowContrast(page)).toEqual([]);
  await trend(page).scrollIntoViewIfNeeded();
  await shoot(page, `${name}-${colorScheme}-360`);
});
