/** Any question of a cube, in a browser: asked by hand, answered as the backend answers it, and kept in the address. */
import { makeFunctionReference } from "convex/server";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import type { AggregateQuery } from "../../src/react/index.js";
import { lowContrast } from "./support/contrast.js";
import {
  agreesWith,
  answerOf,
  cells,
  paramsOf,
  routeOf,
  shownQuery,
  soon,
  type Loaded,
} from "./support/explore.js";
import { rewriteAnswers } from "./support/rewrite.js";
import { explored, settled, shoot, useBrowser, withoutTiles } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();

type Explained = { plan: { rollup: { name: string } } | null };

let load: (query: AggregateQuery) => Promise<Loaded>;
let explain: (query: AggregateQuery) => Promise<Explained>;

beforeAll(async () => {
  const client = await otherClient();
  const ask = <Answer>(name: string) => {
    const asked = makeFunctionReference<"query">(name);
    return (query: AggregateQuery) =>
      client.query(asked, { tenantId: "acme", query }) as Promise<Answer>;
  };
  load = ask<Loaded>("aggregates:load");
  explain = ask<Explained>("aggregates:explain");
  // On a busy machine rollups are still being built, and records are read meanwhile.
  const health = makeFunctionReference<"query">("aggregates:health");
  const building = async () =>
    ((await client.query(health, { tenantId: "acme" })) as { backfills: unknown[] }).backfills
      .length;
  while ((await building()) > 0) await new Promise((resolve) => setTimeout(resolve, 500));
});

const agrees = (page: Page, measures: readonly string[]) => agreesWith(page, load, measures);

const choose = async (page: Page, menu: string, titles: readonly string[]) => {
  await page.getByRole("button", { name: menu }).click();
  for (const title of titles)
    await page.getByRole("checkbox", { name: title, exact: true }).click();
  await page.keyboard.press("Escape");
};

describe("a question that is put together by hand", () => {
  test("several measures by a dimension, filtered and in order, and kept by a reload", async () => {
    const page = await open("?tenant=acme&view=watch&period=90d");
    await settled(page);
    await page.getByRole("radio", { name: "Explore" }).check({ force: true });
    await explored(page);
    expect(paramsOf(page).get("view")).toBe("explore");
    await choose(page, "Change measures", ["Watch time", "Median watch time"]);
    await choose(page, "Choose a dimension", ["Category"]);
    await page.getByLabel("Over time, by").selectOption({ label: "The period as a whole" });
    await page.getByRole("button", { name: "Add a filter" }).click();
    await page.getByRole("button", { name: "Channel" }).click();
    const value = page
      .getByRole("combobox", { name: "Channel is" })
      .or(page.getByRole("textbox", { name: "Channel is" }));
    await soon(() => value.first().evaluate((input) => input === document.activeElement)).toBe(
      true,
    );
    const channels = await load({
      measures: ["watch.count"],
      dimensions: ["watch.channel"],
      timeDimensions: (await shownQuery(page)).timeDimensions ?? [],
      limit: 2,
    });
    for (const row of channels.data) {
      await page.keyboard.type(String(row["watch.channel"]));
      await page.keyboard.press("Enter");
    }
    await page.getByLabel("Order").selectOption({ label: "Watch time, descending" });
    const measures = ["watch.count", "watch.durationSeconds", "watch.medianDuration"];
    const { servedBy } = await agrees(page, measures);
    expect(servedBy).toMatch(/^watch\.by_topic_and_channel@/);
    expect((await shownQuery(page)).filters).toEqual([
      {
        ...{ member: "watch.channel", operator: "equals" },
        values: channels.data.map((row) => row["watch.channel"]),
      },
    ]);
    await shoot(page, "explore-by-hand");
    const before = await cells(page);
    await page.reload();
    await agrees(page, measures);
    expect(await cells(page)).toEqual(before);
  }, 90_000);

  test("a level over time for each warehouse: one line each, from the rollup that keeps them", async () => {
    const page = await open(
      "?tenant=acme&view=explore&cube=inventory&period=30d&measures=onHand&dimensions=warehouse&by=day&limit=1000",
    );
    const { servedBy, data } = await agrees(page, ["inventory.onHand"]);
    expect(servedBy).toMatch(/^inventory\.by_warehouse@/);
    const lines = new Set(data.map((row) => row["inventory.warehouse"])).size;
    expect(await answerOf(page).locator(".legend li").count()).toBe(lines);
    expect(await answerOf(page).locator("svg[role=img]").getAttribute("aria-label")).toBe(
      "Stock on hand by day",
    );
    await shoot(page, "explore-lines");
  });

  test("that no rollup keeps is answered by a scan, says so, and leads to one that is kept", async () => {
    const page = await open(
      "?tenant=acme&view=explore&cube=watch&period=12m&measures=longest&dimensions=channel",
    );
    await explored(page);
    expect((await explain(await shownQuery(page))).plan).toBeNull();
    const remedies = page.getByRole("group", { name: "What a rollup answers" });
    await remedies.waitFor();
    await soon(() => routeOf(page).textContent()).toContain("What could not: 12");
    await agrees(page, ["watch.longest"]);
    expect(await answerOf(page).getAttribute("data-served-by")).toBe("scan");
    expect(await page.locator("main").textContent()).not.toMatch(/Convex|NoRollup/);
    await shoot(page, "explore-not-kept");
    await remedies.getByRole("button", { name: "Without Channel" }).click();
    const { servedBy } = await agrees(page, ["watch.longest"]);
    expect(servedBy).toMatch(/^watch\.(totals|extremes_by_category)@/);
    await page.goBack();
    await remedies.waitFor();
    await page.getByRole("button", { name: "Open Operate" }).click();
    await page.getByRole("region", { name: "Upkeep" }).waitFor();
  });
});

test("a question that is declined says why in words, and leads to one that is answered", async () => {
  const isDeclined = (dimensions: readonly string[] = []) => dimensions.includes("watch.channel");
  const decline = rewriteAnswers(({ udfPath, query }) => {
    if (!isDeclined(query.dimensions) || udfPath === "aggregates:explain") return null;
    const errorData = { code: "NoRollup", message: "No rollup can answer", considered: [] };
    return { type: "QueryFailed", errorMessage: "Uncaught ConvexError", errorData };
  });
  const page = await open(
    "?tenant=acme&view=explore&cube=watch&period=12m&measures=longest&dimensions=channel",
    {
      expectErrors: /ERR_FAILED|CONVEX Q/,
      prepare: async (opened) => {
        // They would answer what the backend is made to refuse.
        await withoutTiles(opened);
        await decline(opened);
      },
    },
  );
  await answerOf(page).getByText("No rollup covers this").waitFor();
  await routeOf(page).getByText("What could not: 12").waitFor();
  expect(await routeOf(page).textContent()).toContain("It does not tell Channel apart.");
  expect(await routeOf(page).textContent()).toContain("It does not keep Longest.");
  expect(await page.locator("main").textContent()).not.toMatch(/No rollup can answer|Convex/);
  await shoot(page, "explore-declined");
  await answerOf(page).getByRole("button", { name: "Without Channel" }).click();
  await agrees(page, ["watch.longest"]);
});

test("a press on a column's head asks for that order; back takes it away", async () => {
  const page = await open(
    "?tenant=acme&view=explore&cube=inventory&period=90d&measures=count,value&dimensions=product&limit=10",
  );
  await agrees(page, ["inventory.count", "inventory.value"]);
  const sorted = (name: string) =>
    page.getByRole("columnheader", { name: new RegExp(`^${name}`) }).getAttribute("aria-sort");
  expect(await sorted("Movements")).toBe("descending");
  const first = await cells(page);
  await page.getByRole("columnheader", { name: "Value" }).getByRole("button").click();
  await soon(() => sorted("Value")).toBe("descending");
  await agrees(page, ["inventory.count", "inventory.value"]);
  expect(paramsOf(page).get("order")).toBe("-value");
  expect(await cells(page)).not.toEqual(first);
  await page.goBack();
  await explored(page);
  expect(paramsOf(page).get("order")).toBeNull();
  expect(await cells(page)).toEqual(first);
});

test("garbage in the address falls back to a first question", async () => {
  const page = await open(
    "?tenant=acme&view=explore&cube=cars&period=never&measures=nothing,%00&dimensions=x&by=eon&order=-y&limit=-3&category.like=z&weekday.equals=9&x.y.z=1",
  );
  await explored(page);
  await agrees(page, ["watch.count"]);
  expect(await page.getByLabel("Over time, by").inputValue()).toBe("day");
});

test("a card's question opens in Explore, and shows the card's figures", async () => {
  const page = await open("?tenant=acme&view=watch&period=90d&category.not=Science");
  await settled(page);
  const card = page.getByRole("region", { name: "Top channels", exact: true });
  const bars = await card.locator(".bar:not(.bar-rest) .bar-value").allTextContents();
  await card.getByRole("button", { name: "More of Top channels" }).click();
  await card.getByRole("button", { name: "Open in Explore" }).click();
  await explored(page);
  expect([...paramsOf(page).entries()].filter(([name]) => name !== "tenant")).toEqual([
    ...[
      ["view", "explore"],
      ["cube", "watch"],
      ["period", "90d"],
    ],
    ...[
      ["measures", "count,durationSeconds,averageDuration"],
      ["dimensions", "channel"],
    ],
    ...[
      ["category.notEquals", "Science"],
      ["limit", "8"],
    ],
  ]);
  await agrees(page, ["watch.count", "watch.durationSeconds", "watch.averageDuration"]);
  expect(await answerOf(page).locator(".bar-value").allTextContents()).toEqual(bars);
  await page.goBack();
  await settled(page);
  expect(paramsOf(page).get("category.not")).toBe("Science");
});

test("copies the question as code, and gives its rows as CSV", async () => {
  const page = await open(
    "?tenant=acme&view=explore&cube=watch&period=30d&measures=count&dimensions=category",
    {
      permissions: ["clipboard-read", "clipboard-write"],
    },
  );
  await explored(page);
  const query = await shownQuery(page);
  const copied = async () => {
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await page.getByText("Copied.").waitFor();
    return await page.evaluate(() => navigator.clipboard.readText());
  };
  expect(JSON.parse(await copied())).toEqual(query);
  await page.getByRole("radio", { name: "useAggregate" }).check({ force: true });
  expect(await copied()).toContain("useAggregate({");
  await page.getByRole("radio", { name: "useRollup" }).check({ force: true });
  const code = await copied();
  expect(code).toContain("useRollup(api.aggregates.rows, { tenantId }, {");
  const given = code.slice(code.indexOf("{ tenantId }, ") + 14, code.lastIndexOf(");"));
  expect(JSON.parse(given)).toEqual(query);

  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download CSV" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe("views-by-category.csv");
});

test("is used by keyboard alone, and says of a choice that no rollup would keep it", async () => {
  const page = await open(
    "?tenant=acme&view=explore&cube=watch&period=all&measures=count&dimensions=channel",
  );
  await explored(page);
  await page.getByRole("button", { name: "Change measures" }).focus();
  await page.keyboard.press("Enter");
  const menu = page.getByRole("group", { name: "Measures" }).locator("fieldset");
  expect(await menu.locator("label", { hasText: "Longest" }).textContent()).toBe(
    "Longestno rollup keeps it with the rest",
  );
  expect(await menu.locator("label", { hasText: /^Watch time/ }).textContent()).toBe("Watch time");
  await page.getByRole("checkbox", { name: /^Watch time/ }).focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => document.activeElement?.textContent ?? "")).toBe(
    "Change measures",
  );
  await agrees(page, ["watch.count", "watch.durationSeconds"]);
});

test("without a connection the answer stays, and says so", async () => {
  const page = await open("?tenant=acme&view=explore&cube=watch&period=30d&measures=count&by=day", {
    expectErrors: /ERR_INTERNET_DISCONNECTED|WebSocket|ERR_FAILED/,
    prepare: withoutTiles,
  });
  await explored(page);
  const before = await cells(page);
  await page.context().setOffline(true);
  await page.getByText("You are offline.").waitFor();
  expect(await cells(page)).toEqual(before);
  await page.context().setOffline(false);
});

describe("the screen of any question", () => {
  test.each(
    (["light", "dark"] as const).flatMap((theme) =>
      ([1440, 768, 390] as const).map((width) => ({ theme, width })),
    ),
  )("$theme, $width px: fits, and reads", async ({ theme, width }) => {
    const page = await open(
      "?tenant=acme&view=explore&cube=watch&period=90d&measures=count,durationSeconds&dimensions=category&by=week&weekday.notEquals=7&channel.contains=a",
      { colorScheme: theme, viewport: { width, height: 1000 } },
    );
    await explored(page);
    await routeOf(page).locator(".explore-facts").waitFor();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await lowContrast(page)).toEqual([]);
    await page.screenshot({ path: `coverage/e2e/explore-${theme}-${width}.png`, fullPage: true });
    await page.getByRole("button", { name: "Change measures" }).click();
    expect(await lowContrast(page)).toEqual([]);
    await shoot(page, `explore-menu-${theme}-${width}`);
  });
});
