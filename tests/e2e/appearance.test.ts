import { describe, expect, test } from "vitest";
import { lowContrast } from "./support/contrast.js";
import { settled, shoot, useBrowser } from "./support/dashboard.js";

const { open } = useBrowser();

const themes = ["light", "dark"] as const;
const widths = [1440, 820, 390, 360] as const;
const views = ["watch", "inventory"] as const;

/** A category that the view's records have. */
const filterOf = { watch: "Science", inventory: "Cables" } as const;

const screens = views.flatMap((view) =>
  themes.flatMap((theme) => widths.map((width) => ({ view, theme, width }))),
);

describe("the dashboard's looks", () => {
  test.each(screens)(
    "$view, $theme, $width px: fits, and reads",
    async ({ view, theme, width }) => {
      const page = await open(`?view=${view}&period=90d&category=${filterOf[view]}`, {
        colorScheme: theme,
        viewport: { width, height: 900 },
      });
      await settled(page);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow).toBeLessThanOrEqual(0);
      expect(await lowContrast(page)).toEqual([]);
      await shoot(page, `${view}-${theme}-${width}`);
    },
  );

  test("follows the system's theme until the user chooses one, and remembers", async () => {
    const page = await open("", { colorScheme: "dark" });
    await settled(page);
    const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
    expect(await theme()).toBe("dark");
    await page.getByRole("button", { name: "Switch to light theme" }).click();
    expect(await theme()).toBe("light");
    await page.reload();
    await settled(page);
    expect(await theme()).toBe("light");
  });
});

test("no frame of a dark page is light, nor animated where motion is unwanted", async () => {
  const page = await open("", {
    colorScheme: "dark",
    prepare: (page) =>
      page.addInitScript(() => {
        const frames: string[] = [];
        Object.assign(window, { frames });
        const look = () => {
          if (document.querySelector("#root > *") !== null) {
            frames.push(document.documentElement.dataset["theme"] ?? "none");
          }
          requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      }),
  });
  await settled(page);
  const seen = await page.evaluate(() => ({
    themes: [...new Set((window as unknown as { frames: string[] }).frames)],
    animations: document.getAnimations().length,
  }));
  expect(seen).toEqual({ themes: ["dark"], animations: 0 });
});

describe("the dashboard without a mouse", () => {
  test("reads single values of a chart by arrow keys, aloud", async () => {
    const page = await open("?view=watch&period=30d");
    await settled(page);
    const chart = page.getByRole("img", { name: /^Views by day/ });
    await chart.focus();
    await page.keyboard.press("End");
    const readout = page.locator(".chart [aria-live=polite]").first();
    await readout.waitFor({ state: "attached" });
    const last = await readout.textContent();
    expect(last).toMatch(/: This period [\d,]+, Period before [\d,]+$/);
    await page.keyboard.press("ArrowLeft");
    expect(await readout.textContent()).not.toBe(last);
    await page.keyboard.press("Escape");
    expect(await page.locator(".chart-readout").count()).toBe(0);
  });

  test("shows every chart as a table", async () => {
    const page = await open("?view=inventory&period=90d");
    await settled(page);
    for (const toggle of await page.getByRole("button", { name: /as a table$/ }).all()) {
      await toggle.click();
    }
    expect(await page.locator(".grid table").count()).toBe(6);
    for (const table of await page.locator(".grid table").all()) {
      expect(await table.locator("tbody tr").count()).toBeGreaterThan(0);
    }
    expect(await lowContrast(page)).toEqual([]);
  });

  test("reaches the period, a bar and the week grid by keyboard", async () => {
    const page = await open("?view=watch&period=90d");
    await settled(page);
    await page.locator(".toolbar .popover > .button").first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Period" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);

    await page.locator("button.bar").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await settled(page);
    expect(await page.locator(".chip").count()).toBe(1);

    await page.getByRole("img", { name: /weekday and hour/ }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    expect(await page.locator(".week-readout").textContent()).toMatch(/^Tue 00:00: /);
  });
});
