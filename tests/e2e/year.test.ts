/** Every day of a year as a card, which asks once it is near the screen; and the rail at the left. */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { rowsQueries } from "./support/asked.js";
import {
  built,
  kpiValue,
  settled,
  shoot,
  useBrowser,
  wholeYear,
  withoutTiles,
} from "./support/dashboard.js";

const { open, otherClient } = useBrowser();
const search = "?tenant=acme&view=watch&period=30d";
const year = (page: Page) => page.locator(".card-full");
const readout = (page: Page) => year(page).locator("[aria-live=polite]").textContent();
const span = (page: Page) => page.locator(".toolbar-span").textContent();

beforeAll(async () => await built(await otherClient()), 600_000);

describe("every day of the year", () => {
  test("is asked once it is near the screen, and by a rollup", async () => {
    let asked = 0;
    const isOfYear = (query: { timeDimensions?: readonly { dateRange?: unknown }[] }) => {
      const [from, to] = (query.timeDimensions?.[0]?.dateRange ?? []) as [string?, string?];
      return (
        from !== undefined && to !== undefined && Date.parse(to) - Date.parse(from) > 360 * 864e5
      );
    };
    const page = await open(search, {
      expectErrors: /ERR_FAILED/,
      prepare: async (opened) => {
        await withoutTiles(opened);
        opened.on("websocket", (socket) =>
          socket.on("framesent", ({ payload }) => {
            asked += rowsQueries(String(payload)).filter((query) =>
              isOfYear(query as never),
            ).length;
          }),
        );
      },
    });
    await settled(page);
    expect(asked).toBe(0);
    await wholeYear(page);
    expect(asked).toBe(1);
    expect(await year(page).getAttribute("data-served-by")).toMatch(/^watch\.\w+@\d+$/);
  });

  test("has a cell per day, up to the newest, and says what each had", async () => {
    const page = await open(search);
    await wholeYear(page);
    const cells = await year(page).locator(".year-cell").count();
    expect(cells).toBeGreaterThan(52 * 7);
    expect(cells).toBeLessThanOrEqual(53 * 7);
    await year(page).getByRole("img").focus();
    await page.keyboard.press("End");
    const newest = await readout(page);
    await page.keyboard.press("Home");
    expect(await readout(page)).toMatch(/^Mon, .*: [\d,]+ views$/);

    // The trend says the same of the same day.
    const trend = page.locator(".grid .card").first();
    await trend.getByRole("img").focus();
    await page.keyboard.press("End");
    const [day, views] = newest!.replace(" views", "").split(": ");
    expect(await trend.locator("[aria-live=polite]").textContent()).toMatch(
      new RegExp(`^${day}(, so far)?: This period ${views}(,|$)`),
    );
  });

  test("shows a day that is clicked, or that Enter is pressed on, and back leads back", async () => {
    const page = await open(search);
    await wholeYear(page);
    const before = await span(page);
    const cell = year(page)
      .locator(".year-cell")
      .nth(7 * 40 + 2);
    await cell.hover();
    const [day, views] = (await readout(page))!.replace(" views", "").split(": ");
    await shoot(page, "year");
    await cell.click();
    await settled(page);
    expect(day).toContain((await span(page))!.replace(/, \d{4}$/, ""));
    expect(await kpiValue(page, "watch.count")).toBe(Number(views!.replaceAll(",", "")));
    expect(await year(page).locator(".year-cell-shown").count()).toBe(1);
    await page.goBack();
    await settled(page);
    expect(await span(page)).toBe(before);

    await year(page).getByRole("img").focus();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowUp");
    const [other] = (await readout(page))!.split(": ");
    await page.keyboard.press("Enter");
    await settled(page);
    expect(other).toContain((await span(page))!.replace(/, \d{4}$/, ""));
  });

  test("follows the filters, as a table too, and fits a narrow screen from its end", async () => {
    const page = await open(`${search}&category=Science`, {
      viewport: { width: 390, height: 800 },
    });
    await wholeYear(page);
    const place = await year(page)
      .locator(".year-scroll")
      .evaluate(({ scrollLeft, scrollWidth, clientWidth }) => [
        scrollWidth - clientWidth,
        Math.round(scrollLeft),
      ]);
    expect(place[0]).toBeGreaterThan(0);
    expect(Math.abs(place[1]! - place[0]!)).toBeLessThanOrEqual(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await shoot(page, "year-narrow");
    await year(page)
      .getByRole("button", { name: /as a table/ })
      .click();
    const rows = await year(page).locator("tbody tr").count();
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(53 * 7);
  });
});

describe("the rail", () => {
  test("is at the left of a wide screen and on top of a narrow one, and hides nothing", async () => {
    for (const [width, isRail] of [
      [1920, true],
      [1440, true],
      [1024, false],
      [390, false],
    ] as const) {
      const page = await open(search, { viewport: { width, height: 900 } });
      await settled(page);
      const header = (await page.locator(".header").boundingBox())!;
      const main = (await page.locator(".main").boundingBox())!;
      const status = (await page.locator(".status").boundingBox())!;
      if (isRail) {
        expect(header).toMatchObject({ x: 0, y: 0, height: 900 });
        expect(main.x).toBeGreaterThanOrEqual(header.width);
        expect(status.x).toBeGreaterThanOrEqual(header.width);
      } else {
        expect(header).toMatchObject({ x: 0, y: 0, width });
        expect(main.y).toBeGreaterThanOrEqual(header.height);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      await shoot(page, `rail-${width}`);
    }
  });

  test("leads to every screen, by keys too, and its menu of traffic is seen whole", async () => {
    const page = await open(search);
    await settled(page);
    for (const name of ["Inventory", "Records", "Explore", "Operate", "Watch"]) {
      await page
        .getByRole("navigation", { name: "Views" })
        .getByText(name, { exact: true })
        .click();
      await page.waitForFunction((title) => document.title.startsWith(title), name);
      await page.locator("#main").waitFor();
      const box = (await page.locator("#main").boundingBox())!;
      expect(box.x).toBeGreaterThanOrEqual(200);
    }
    await page.getByRole("radio", { name: "Watch" }).focus();
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(() => document.title.startsWith("Inventory"));
    await page.getByRole("button", { name: "Live traffic" }).click();
    const panel = (await page.getByRole("dialog", { name: "Live traffic" }).boundingBox())!;
    expect(panel.x).toBeGreaterThanOrEqual(0);
    expect(panel.y + panel.height).toBeLessThanOrEqual(1000);
    await shoot(page, "rail-traffic");
  });
});
