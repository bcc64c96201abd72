/** A browser for one suite, and how its tests read the dashboard. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { anyApi } from "convex/server";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject } from "vitest";
import { launchChromium } from "./chromium.js";
import { settled } from "./screen.js";

export { explored, listed, settled, wholeYear, withoutTiles } from "./screen.js";

const shotsDir = join(import.meta.dirname, "../../../coverage/e2e");

export interface OpenOptions extends BrowserContextOptions {
  /** Console messages that the test provokes on purpose. */
  expectErrors?: RegExp;
  /** Called before the page is loaded. */
  prepare?: (page: Page) => Promise<unknown>;
}

/**
 * Call once per suite. Every page opened is checked for errors on its console and closed after the test.
 * `urlOf` names another dashboard than the demo's.
 */
export function useBrowser(urlOf: () => string = () => inject("demoUrl")) {
  let browser: Browser;
  let pages: { page: Page; errors: string[] }[] = [];

  beforeAll(async () => {
    mkdirSync(shotsDir, { recursive: true });
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    const opened = pages;
    pages = [];
    await Promise.all(opened.map(({ page }) => page.context().close()));
    expect(opened.flatMap(({ errors }) => errors)).toEqual([]);
  });

  /** Opens the dashboard at a query string and waits until every widget has settled. */
  async function open(search = "", options: OpenOptions = {}): Promise<Page> {
    const { expectErrors, prepare, ...context } = options;
    const page = await (
      await browser.newContext({
        viewport: { width: 1440, height: 1000 },
        locale: "en-US",
        reducedMotion: "reduce",
        ...context,
      })
    ).newPage();
    const errors: string[] = [];
    pages.push({ page, errors });
    const note = (text: string) => {
      if (!expectErrors?.test(text)) errors.push(text);
    };
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) note(message.text());
    });
    page.on("pageerror", (error) => note(error.message));
    await prepare?.(page);
    await page.goto(`${urlOf()}/${search}`);
    return page;
  }

  /** Another client, signed in as the page is. */
  async function otherClient(): Promise<ConvexHttpClient> {
    const response = await fetch(`${urlOf()}/demo/token`);
    const grant = (await response.json()) as { url: string; token: string };
    const client = new ConvexHttpClient(grant.url);
    client.setAuth(grant.token);
    return client;
  }

  return { open, otherClient };
}

/** Until rollups serve: a backend that has just been filled scans, or waits, while they are built. */
export async function built(client: ConvexHttpClient): Promise<void> {
  const health = anyApi["aggregates"]!["health"]!;
  const isBuilt = async () => {
    const { rollups } = (await client.query(health, { tenantId: "acme" })) as {
      rollups: { status: string }[];
    };
    return rollups.every(({ status }) => status === "ready");
  };
  while (!(await isBuilt())) await new Promise((passed) => setTimeout(passed, 1000));
}

/** Every figure on the screen, by where it stands. */
export async function figures(page: Page): Promise<Record<string, string[]>> {
  await settled(page);
  return page.evaluate(() => {
    const found: Record<string, string[]> = {};
    for (const card of document.querySelectorAll(".kpi")) {
      const name = card.querySelector(".kpi-title")?.textContent ?? "";
      found[name] = [
        card.querySelector(".kpi-value")?.getAttribute("title") ?? "",
        card.querySelector(".kpi-change")?.textContent ?? "",
      ];
    }
    for (const card of document.querySelectorAll(".grid .card:not(.ticker)")) {
      const name = card.getAttribute("aria-label") ?? "";
      const bars = [...card.querySelectorAll(".bar")].map((bar) => bar.textContent ?? "");
      const paths = [...card.querySelectorAll("path.chart-line")].map(
        (path) => path.getAttribute("d") ?? "",
      );
      const cells = [...card.querySelectorAll<HTMLElement>(".week-cell")].map((cell) =>
        cell.style.getPropertyValue("--share"),
      );
      found[`${name} card`] = [...bars, ...paths, ...cells];
    }
    return found;
  });
}

export function kpi(page: Page, member: string) {
  return page.locator(`[data-measure="${member}"] .kpi-value`);
}

/** A headline figure with all its digits. */
export async function kpiValue(page: Page, member: string): Promise<number> {
  const text = (await kpi(page, member).getAttribute("title")) ?? "";
  return Number(text.replaceAll(/[^\d.-]/g, ""));
}

/** Keeps a picture of the page for people to look at; nothing is compared with it. */
export async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(shotsDir, `${name}.png`) });
}
