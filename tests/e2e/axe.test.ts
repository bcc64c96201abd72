/**
 * axe-core in the page, on every screen, in both themes and at three widths: WCAG 2.2 AA and best practices. It says
 * nothing of contrast over bars, which `lowContrast` measures in the suites of the screens.
 */
import { createRequire } from "node:module";
import type axe from "axe-core";
import type { RunOptions } from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import {
  explored,
  listed,
  settled,
  useBrowser,
  wholeYear,
  type OpenOptions,
} from "./support/dashboard.js";

const { open } = useBrowser();

const script = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const rules: RunOptions = {
  resultTypes: ["violations"],
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
};

interface Screen {
  search: string;
  /** Brings the page to what is looked at. */
  arrive?: (page: Page) => Promise<unknown>;
  options?: OpenOptions;
}

const overview = "?tenant=acme&view=watch&period=30d";
const press = (name: string | RegExp) => async (page: Page) => {
  await settled(page);
  await page.getByRole("button", { name }).first().click();
};

const screens: Record<string, Screen> = {
  "the overview": { search: overview, arrive: wholeYear },
  "the overview of stock, filtered": {
    search: "?tenant=acme&view=inventory&period=90d&category=Cables",
    arrive: settled,
  },
  "the overview with values left out": {
    search: `${overview}&category.not=Science&weekday=5`,
    arrive: settled,
  },
  "the overview as tables": {
    search: overview,
    arrive: async (page) => {
      await settled(page);
      for (const toggle of await page.getByRole("button", { name: /^Show .* as a table$/ }).all()) {
        await toggle.click();
      }
    },
  },
  "the period's menu": { search: overview, arrive: press("Last 30 days") },
  "a card's menu": { search: overview, arrive: press("More of Top channels") },
  "why an answer": {
    search: overview,
    arrive: async (page) => {
      await press("More of Top channels")(page);
      await page.getByRole("button", { name: "Why this answer" }).click();
      await page.locator(".drawer-facts").waitFor();
    },
  },
  "the records": {
    search: "?tenant=acme&view=records&cube=inventory&period=30d",
    arrive: listed,
  },
  "a record that is edited": {
    search: "?tenant=acme&view=records&cube=watch&period=30d",
    arrive: async (page) => {
      await listed(page);
      await page.getByRole("button", { name: /^Edit/ }).first().click();
      await page.getByRole("dialog").waitFor();
    },
  },
  "any question": {
    search:
      "?tenant=acme&view=explore&cube=watch&period=30d&measures=count,viewers&dimensions=category&by=day&category.notEquals=Music&title.contains=",
    arrive: async (page) => {
      await explored(page);
      await page.locator(".explore-facts").waitFor();
      await page.getByText(/^What could not/).click();
    },
  },
  "any question, with its menu of measures": {
    search: "?tenant=acme&view=explore&cube=inventory&period=all&measures=value&dimensions=product",
    arrive: async (page) => {
      await explored(page);
      await page.getByRole("button", { name: "Change measures" }).click();
    },
  },
  "the operator's screen": {
    search: "?view=operate",
    arrive: async (page) => {
      await page.getByRole("region", { name: "Upkeep" }).getByText("Verified equal").waitFor();
      await page.locator('[aria-busy="true"]').waitFor({ state: "detached" });
    },
  },
  "a failed sign-in": {
    search: "",
    arrive: (page) => page.getByText("Could not sign in").waitFor(),
    options: {
      expectErrors: /503/,
      prepare: (page) =>
        page.route("**/demo/token", (route) => route.fulfill({ status: 503, body: "{}" })),
    },
  },
};

/** What axe finds wrong, a line for each: the rule, and the elements. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await page.evaluate(
    (rules) => (window as unknown as { axe: typeof axe }).axe.run(document, rules),
    rules,
  );
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
  );
}

describe.each(Object.entries(screens))("%s", (_name, { search, arrive, options }) => {
  test("violates no rule of accessibility, in light and dark, wide and narrow", async () => {
    const page = await open(search, options);
    await arrive?.(page);
    await page.addScriptTag({ path: script });
    const found: Record<string, string[]> = {};
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1440, 768, 390]) {
        await page.setViewportSize({ width, height: 1000 });
        const list = await violations(page);
        if (list.length > 0) found[`${colorScheme}, ${width} px`] = list;
      }
    }
    expect(found).toEqual({});
  });
});
