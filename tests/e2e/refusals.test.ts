/** What a screen does about questions that its tenant's rollups, or the backend, do not answer. */
import { describe, expect, test } from "vitest";
import { settled, withoutTiles, shoot, useBrowser } from "./support/dashboard.js";
import { rewriteAnswers } from "./support/rewrite.js";

const { open } = useBrowser();

const isWeekGrid = (dimensions: readonly string[] = []) => dimensions.includes("watch.weekday");

const refusal = (code: string, member: string) => ({
  rollup: "by_hour_of_week",
  generation: 1,
  refusal: { code, message: `cannot filter by ${member}`, member },
  cost: null,
});

const weekCard = ".card[aria-label='When people watch']";

describe("a filter that explain refuses for a widget", () => {
  test("is not offered, and the card says why; the others are", async () => {
    const refuse = rewriteAnswers(({ udfPath, query }) => {
      const isFilteredByTopic = query.filters?.some(({ member }) => member === "watch.topic");
      if (udfPath !== "aggregates:explain" || !isWeekGrid(query.dimensions)) return null;
      if (isFilteredByTopic !== true) return null;
      const considered = [refusal("FilterNotCovered", "watch.topic")];
      return { type: "QueryUpdated", value: { query: {}, plan: null, considered } };
    });
    const page = await open("?tenant=acme&view=watch&period=90d", {
      expectErrors: /ERR_FAILED/,
      prepare: async (opened) => {
        // By them the browser would tell what it is made to be refused.
        await withoutTiles(opened);
        await refuse(opened);
      },
    });
    await settled(page);
    const topics = page.locator(".card[aria-label='Topics']");
    const why = "No filter here: “When people watch” is not kept by topic.";
    await topics.getByText(why).waitFor();
    expect(await topics.locator("button.bar").count()).toBe(0);
    expect(await topics.locator(".bar").count()).toBeGreaterThan(1);
    const categories = page.locator(".card[aria-label='Categories']");
    expect(await categories.locator("button.bar").count()).toBeGreaterThan(1);
    expect(await page.getByText("No filter here").count()).toBe(1);
    await shoot(page, "filter-not-offered");
  });

  test("can be taken away where a link brought it, alone", async () => {
    const refuse = rewriteAnswers(({ udfPath, query }) => {
      if (udfPath !== "aggregates:rows" || !isWeekGrid(query.dimensions)) return null;
      if (!query.filters?.some(({ member }) => member === "watch.topic")) return null;
      const considered = [refusal("FilterNotCovered", "watch.topic")];
      const errorData = { code: "NoRollup", message: "No rollup can answer", considered };
      return { type: "QueryFailed", errorMessage: "Uncaught ConvexError", errorData };
    });
    const page = await open("?tenant=acme&view=watch&period=90d&category=Science&topic=Physics", {
      expectErrors: /ERR_FAILED/,
      prepare: async (opened) => {
        // They would answer what the backend is made to refuse.
        await withoutTiles(opened);
        await refuse(opened);
      },
    });
    const card = page.locator(weekCard);
    await card.getByText("No rollup covers this").waitFor();
    expect(await card.textContent()).not.toMatch(/No rollup can answer|Convex/);
    await shoot(page, "refused");
    await card.getByRole("button", { name: "Without the filter Topic" }).click();
    await settled(page);
    expect(await page.locator(".chip-remove").allTextContents()).toEqual([
      "Remove filter Category is Science",
    ]);
    expect(await page.locator(".main [role=alert]").count()).toBe(0);
  });
});

describe("a fault of the backend", () => {
  test("shows calm words and a reference, and the console has the rest", async () => {
    const errors: string[] = [];
    let isBroken = true;
    const page = await open("?tenant=acme&view=watch&period=90d", {
      expectErrors: /Reference 1a2b3c4d|\[CONVEX Q\(aggregates:rows\)\]|ERR_FAILED/,
      prepare: async (opened) => {
        opened.on("console", (message) => errors.push(message.text()));
        // They would answer what the backend cannot.
        await withoutTiles(opened);
        await rewriteAnswers(({ udfPath, query }) =>
          isBroken && udfPath === "aggregates:rows" && isWeekGrid(query.dimensions)
            ? {
                type: "QueryFailed",
                errorMessage: "[Request ID: 1a2b3c4d] Server Error",
              }
            : null,
        )(opened);
      },
    });
    const card = page.locator(weekCard);
    // It may pass: it is asked for again by itself, or at once by the button.
    await card
      .getByText("It is asked for again by itself in a moment. Reference 1a2b3c4d.")
      .waitFor();
    expect(await page.locator("body").textContent()).not.toMatch(/CONVEX|Server Error|Called by/);
    expect(errors.some((text) => text.startsWith("Reference 1a2b3c4d"))).toBe(true);
    await shoot(page, "fault");
    isBroken = false;
    await card.getByRole("button", { name: "Try again" }).click();
    await expect.poll(() => card.locator(".week-cell").count(), { timeout: 20_000 }).toBe(7 * 24);
  });
});
