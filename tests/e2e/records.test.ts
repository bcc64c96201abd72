/** From a figure to its records, in a browser: the list agrees with the figure, and changes of it move both. */
import { anyApi } from "convex/server";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { lowContrast } from "./support/contrast.js";
import { kpiValue, listed, settled, shoot, useBrowser } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();

/** Records of their own category, so that no other suite sees them move. */
const own = "Records of e2e";
const ownSearch = `?tenant=acme&view=records&cube=watch&period=30d&category=${own.replaceAll(" ", "+")}`;

beforeAll(async () => {
  const client = await otherClient();
  const hoursAgo = [1, 2, 3, 300 * 24];
  const rows = [10, 20, 30, 40].map((durationSeconds, i) => ({
    ...{ key: `e2e-records-${i}`, videoId: `r${i}`, title: `Record ${i}`, channel: "E2E" },
    ...{ topics: ["One", "Two"], category: own, viewer: "e2e", durationSeconds },
    watchedAt: Date.now() - (hoursAgo[i] ?? 0) * 3_600_000,
  }));
  await client.mutation(anyApi["watch"]!["recordBatch"]!, { tenantId: "acme", rows });
  // On a busy machine rollups are still being built, and each step of that has the page asked again.
  const building = async () => {
    const health = (await client.query(anyApi["aggregates"]!["health"]!, { tenantId: "acme" })) as {
      backfills: unknown[];
    };
    return health.backfills.length;
  };
  while ((await building()) > 0) await new Promise((resolve) => setTimeout(resolve, 500));
});

/** Looks again and again: what follows a write takes a while on a busy machine. */
const soon = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 20_000 });

const heading = (page: Page) => page.locator(".records-header h2").textContent();
const figure = (page: Page, member: string) =>
  page.locator(`[data-measure="${member}"]`).textContent();
const foot = (page: Page) => page.locator(".records-foot").textContent();
const notice = (page: Page) => page.locator(".records-notice [role=status]").textContent();
const rows = (page: Page) => page.locator(".records-body [role=row]");
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? "");

test("a bar leads to its records: as many as the figure says, and few of them in the document", async () => {
  const page = await open("?tenant=acme&view=watch&period=90d");
  await settled(page);
  const card = page.getByRole("region", { name: "Categories", exact: true });
  const bar = card.locator("button.bar").first();
  const category = (await bar.locator(".bar-label").textContent()) ?? "";
  await bar.click();
  await settled(page);
  const count = await kpiValue(page, "watch.count");
  await page.getByRole("button", { name: "More of Categories" }).click();
  await page.getByRole("button", { name: "See the records" }).click();
  await listed(page);
  const params = new URL(page.url()).searchParams;
  expect([params.get("view"), params.get("cube"), params.get("category")]).toEqual([
    ...["records", "watch", category],
  ]);
  await soon(() => heading(page)).toBe(`${count.toLocaleString("en-US")} records`);
  expect(await page.locator(".records").getAttribute("data-served-by")).toMatch(/^watch\.by_/);

  const grid = page.getByRole("grid", { name: "Records" });
  expect(await grid.getAttribute("aria-rowcount")).toBe(String(count + 1));
  await rows(page).first().focus();
  const all = `All ${count.toLocaleString("en-US")} are loaded.`;
  await soon(async () => {
    await page.keyboard.press("End");
    return await foot(page);
  }).toContain(all);
  await page.keyboard.press("End");
  await soon(() => page.locator(":focus").getAttribute("aria-rowindex")).toBe(String(count + 1));
  expect(await rows(page).count()).toBeLessThan(60);
  expect(await focused(page)).toContain(category);
  await page.keyboard.press("Home");
  await soon(() => page.locator(":focus").getAttribute("aria-rowindex")).toBe("2");

  await page.goBack();
  await settled(page);
  expect(await kpiValue(page, "watch.count")).toBe(count);
});

describe("a record", () => {
  test("is edited by keyboard: what is refused is said at its field, the figure follows, and back", async () => {
    const page = await open(ownSearch, { expectErrors: /M\(watch:update\)/ });
    await listed(page);
    expect(await heading(page)).toBe("3 records");
    expect(await figure(page, "watch.durationSeconds")).toBe("Watch time 1m");
    await page.getByRole("searchbox").focus();
    await rows(page).first().focus();
    await page.keyboard.press("ArrowDown");
    await soon(() => focused(page)).toContain("Record 1");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: /^Edit Record 1/ });
    const time = dialog.getByLabel("Watch time");
    await time.fill("-5");
    await page.keyboard.press("Enter");
    await dialog.getByText("Not accepted. Expected: 0 or more, with up to 3 decimals.").waitFor();
    expect(await time.evaluate((input) => input === document.activeElement)).toBe(true);
    await shoot(page, "records-refused");
    await time.fill("80.5");
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    await soon(() => notice(page)).toMatch(/^Changed Record 1/);
    await soon(() => figure(page, "watch.durationSeconds")).toBe("Watch time 2m 1s");
    expect(await focused(page)).toContain("Record 1");
    await page.getByRole("button", { name: "Undo" }).click();
    await soon(() => figure(page, "watch.durationSeconds")).toBe("Watch time 1m");
    expect(await focused(page)).toContain("Record 1");
  }, 60_000);

  test("is removed and put back by keyboard, and the focus stays in the table", async () => {
    const page = await open(ownSearch);
    await listed(page);
    const before = await rows(page).allTextContents();
    await rows(page).first().focus();
    await page.keyboard.press("Delete");
    await soon(() => heading(page)).toBe("2 records");
    await soon(() => rows(page).count()).toBe(2);
    expect(await notice(page)).toMatch(/^Removed Record 0/);
    await soon(() => focused(page)).toContain("Record 1");
    await shoot(page, "records-removed");
    await page.keyboard.press("Control+z");
    await soon(() => heading(page)).toBe("3 records");
    await soon(() => rows(page).allTextContents()).toEqual(before);
    await soon(() => focused(page)).toContain("Record 0");

    // The last one of a list, and by its button.
    await page.getByRole("button", { name: /^Remove Record 2/ }).click();
    await soon(() => rows(page).count()).toBe(2);
    await page.getByRole("button", { name: "Undo" }).click();
    await soon(() => rows(page).allTextContents()).toEqual(before);
  });
});

test("sorts, finds and hides within what is loaded, and says so", async () => {
  const page = await open("?tenant=acme&view=records&cube=inventory&period=12m");
  await listed(page);
  const first = () => rows(page).first().locator("[role=rowheader]").textContent();
  const newest = await first();
  await page.getByRole("button", { name: "Occurred at" }).click();
  await listed(page);
  await soon(first).not.toBe(newest);
  const head = page.getByRole("columnheader");
  expect(await head.first().getAttribute("aria-sort")).toBe("ascending");
  await page.getByRole("button", { name: "Quantity" }).click();
  expect(await foot(page)).toMatch(/^Sorted are those loaded: [\d,]+ loaded\.Load more/);
  const quantities = (await rows(page).locator(".number:nth-child(6)").allTextContents()).map(
    (text) => Number(text.replace("−", "-").replaceAll(",", "")),
  );
  expect(quantities).toEqual([...quantities].sort((a, b) => a - b));

  await page.getByRole("searchbox").fill("shipment");
  await soon(() => page.locator(".records-found").textContent()).toMatch(
    /^\d+ of \d+ loaded match$/,
  );
  for (const text of await rows(page).allTextContents()) expect(text).toContain("shipment");
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Warehouse" }).uncheck();
  expect(await head.allTextContents()).not.toContain("Warehouse");
});

test("goes on looking for what is rare only when it is told to, until all that are counted are found", async () => {
  const page = await open(ownSearch.replace("30d", "12m"));
  await soon(() => heading(page)).toBe("4 records");
  await soon(() => foot(page)).toMatch(/^3 found among 1,000 looked through\.Go on looking/);
  await shoot(page, "records-looking");
  const goOn = page.getByRole("button", { name: "Go on looking" });
  await soon(async () => {
    if (await goOn.isVisible()) await goOn.click({ timeout: 1000 }).catch(() => {});
    return await foot(page);
  }).toMatch(/^All 4 are loaded\./);
  expect(await rows(page).last().textContent()).toContain("Record 3");
});

test("says that nothing matches, and what to do", async () => {
  const page = await open("?tenant=acme&view=records&cube=watch&period=30d&category=None+such");
  await page.getByText("No records in this period").waitFor();
  await soon(() => heading(page)).toBe("0 records");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await listed(page);
  expect(await rows(page).count()).toBeGreaterThan(5);
});

test("without a connection the list stays, and nothing can be changed", async () => {
  const page = await open(ownSearch, { expectErrors: /ERR_INTERNET_DISCONNECTED|WebSocket/ });
  await listed(page);
  await page.context().setOffline(true);
  await page.getByText("You are offline.").waitFor();
  expect(await page.getByRole("button", { name: /^Remove Record 0/ }).isDisabled()).toBe(true);
  expect(await rows(page).count()).toBe(3);
  await shoot(page, "records-offline");
  await page.context().setOffline(false);
  await soon(() => page.getByRole("button", { name: /^Remove Record 0/ }).isDisabled()).toBe(false);
});

describe("the screen of records", () => {
  test.each(
    (["light", "dark"] as const).flatMap((theme) =>
      ([1440, 768, 390] as const).map((width) => ({ theme, width })),
    ),
  )("$theme, $width px: fits, and reads", async ({ theme, width }) => {
    const page = await open("?tenant=acme&view=records&cube=watch&period=30d&category=Science", {
      colorScheme: theme,
      viewport: { width, height: 900 },
    });
    await listed(page);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await lowContrast(page)).toEqual([]);
    await shoot(page, `records-${theme}-${width}`);
    await rows(page).first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    expect(await lowContrast(page)).toEqual([]);
    await shoot(page, `records-edit-${theme}-${width}`);
  });
});
