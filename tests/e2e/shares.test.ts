/** A ranking as a table: the change and the trend of each value, asked for only there. */
import { beforeAll, expect, test } from "vitest";
import { rowsQueries } from "./support/asked.js";
import { built, settled, shoot, useBrowser, withoutTiles } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();
const search = "?tenant=acme&view=watch&period=30d";

beforeAll(async () => await built(await otherClient()), 600_000);

test("says of each value what the headline says of it alone", async () => {
  const page = await open(search);
  await settled(page);
  const card = page.getByRole("region", { name: "Categories", exact: true });
  await card.getByRole("button", { name: "Show Categories as a table" }).click();
  await card.locator(".shares .kpi-delta").first().waitFor();
  await settled(page);
  const heads = await card.locator("thead th").allTextContents();
  expect(heads.slice(0, 3)).toEqual(["Category", "Views", "Share"]);
  expect(heads.slice(3)).toEqual([expect.stringMatching(/^vs /), "Trend"]);
  await shoot(page, "shares");

  const row = card.locator("tbody tr").nth(1);
  const [views, share, change] = await row.locator("td").allTextContents();
  const name = (await row.locator("th").textContent())!;
  expect(share).toMatch(/%$/);
  expect(await row.locator(".sparkline path").count()).toBe(2);

  await page.goto(page.url().replace(/\?.*/, `${search}&category=${name}`));
  await settled(page);
  const headline = page.locator('.kpi[data-measure="watch.count"]');
  expect(await headline.locator(".kpi-value").textContent()).toBe(views);
  expect(await headline.locator(".kpi-delta").textContent()).toBe(change);
});

test("asks for changes and trends as a table only, and rollups answer", async () => {
  const asked: { dimensions?: string[]; timeDimensions?: object[] }[] = [];
  const page = await open(search, {
    expectErrors: /ERR_FAILED/,
    prepare: async (opened) => {
      await withoutTiles(opened);
      opened.on("websocket", (socket) =>
        socket.on("framesent", ({ payload }) =>
          asked.push(...(rowsQueries(String(payload)) as never[])),
        ),
      );
    },
  });
  await settled(page);
  const changes = () =>
    asked.filter(
      ({ dimensions, timeDimensions }) =>
        dimensions?.[0] === "watch.channel" && "compareDateRange" in (timeDimensions?.[0] ?? {}),
    );
  expect(changes()).toEqual([]);
  await page.getByRole("button", { name: "Show Top channels as a table" }).click();
  await page.locator(".shares .kpi-delta").first().waitFor();
  await settled(page);
  expect(changes()).toHaveLength(1);
  expect(await page.locator(".shares .sparkline path").count()).toBeGreaterThan(8);
  expect(await page.locator(".main [role=alert]").count()).toBe(0);
});
