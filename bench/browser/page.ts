/** One page of the dashboard, and what is measured of it from the inside. */
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { settled, withoutTiles } from "../../tests/e2e/support/screen.js";
import { Traffic } from "./traffic.js";

/** From a click until what it asked for is painted. */
export interface Painted {
  ms: number;
  /** Of that, the product's own work in the browser: its measures named `rollups:*`. */
  ownMs: number;
  sent: number;
  bytes: number;
}

/** Times after the entry script was there, ms. */
export interface Loaded {
  /** When the first headline figure was painted, of this visit or the last. */
  figuresMs: number;
  /** When nothing waited any more. */
  allMs: number;
}

interface Probe {
  loaded: { figures: number; all: number } | null;
  change: (selector: string) => Promise<{ ms: number; ownMs: number }>;
}

export interface PageOptions {
  /** False: the old way, in which the backend answers everything. */
  tiles?: boolean;
  /** Each request of the page for a file or a token is so late. */
  lateMs?: number;
  /** Of an earlier visit. */
  context?: BrowserContext;
}

export class DashboardPage {
  private constructor(
    readonly page: Page,
    readonly traffic: Traffic,
    readonly cdp: CDPSession,
  ) {}

  static async open(browser: Browser, url: string, options: PageOptions = {}) {
    const { tiles = true, lateMs = 0 } = options;
    const context =
      options.context ??
      (await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: "en-US" }));
    const page = await context.newPage();
    const traffic = new Traffic(page);
    // What runs in the page is compiled by tsx, which gives functions their names by a helper of its own.
    await page.addInitScript("globalThis.__name = (named) => named");
    await page.addInitScript(installProbe);
    if (lateMs > 0) {
      await page.route("**/*", async (route) => {
        await new Promise((resolve) => setTimeout(resolve, lateMs));
        await route.continue();
      });
    }
    if (!tiles) await withoutTiles(page);
    await page.goto(url);
    return new DashboardPage(page, traffic, await context.newCDPSession(page));
  }

  async settled(): Promise<void> {
    await settled(this.page);
  }

  /** Until tiles answer, and those that come later are there. */
  async held(): Promise<void> {
    await this.settled();
    await this.page.locator('.status[data-source="tiles"]').waitFor();
    await this.page.waitForTimeout(3000);
    await this.settled();
  }

  async loaded(): Promise<Loaded> {
    await this.settled();
    return await this.page.evaluate(() => {
      const { loaded } = (window as unknown as { probe: Probe }).probe;
      const isEntry = ({ name }: PerformanceEntry) => /\/assets\/index-.*\.js$/.test(name);
      const entry = performance.getEntriesByType("resource").find(isEntry);
      const from = (entry as PerformanceResourceTiming).responseEnd;
      return { figuresMs: loaded!.figures - from, allMs: loaded!.all - from };
    });
  }

  /** Clicks what the selector finds. */
  async change(selector: string): Promise<Painted> {
    await this.page.locator(selector).waitFor({ state: "attached" });
    const before = this.traffic.now();
    const painted = await this.page.evaluate(
      (selector) => (window as unknown as { probe: Probe }).probe.change(selector),
      selector,
    );
    await this.settled();
    // What a change asks for may be asked after the paint.
    await this.page.waitForTimeout(700);
    const after = this.traffic.now();
    return { ...painted, sent: after.sent - before.sent, bytes: after.bytes - before.bytes };
  }

  /** Seconds that the renderers of the browser have computed. */
  async cpuSeconds(): Promise<number> {
    const session = await this.page.context().browser()!.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    return processInfo
      .filter(({ type }) => type === "renderer")
      .reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  }

  /** Bytes that are in use after all that can be collected is. */
  async heapBytes(): Promise<number> {
    await this.cdp.send("HeapProfiler.collectGarbage");
    return (await this.cdp.send("Runtime.getHeapUsage")).usedSize;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** Runs in the page, before its own code. */
function installProbe(): void {
  const isDone = () =>
    document.querySelector(".kpi-value") !== null &&
    document.querySelector("[aria-busy=true], .skeleton, .answer-stale") === null;

  /** Once the frame that is being made is on the screen: a task that is queued within it runs after it. */
  const painted = (then: () => void) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(null);
  };

  let ownMs = 0;
  const add = (entries: PerformanceEntryList) => {
    for (const { name, duration } of entries) if (name.startsWith("rollups:")) ownMs += duration;
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ entryTypes: ["measure"] });

  const probe: Probe = {
    loaded: null,
    change: (selector) =>
      new Promise((resolve) => {
        add(observer.takeRecords());
        const ownBefore = ownMs;
        const startedAt = performance.now();
        const look = () => {
          if (!isDone()) return void requestAnimationFrame(look);
          painted(() => {
            const ms = performance.now() - startedAt;
            add(observer.takeRecords());
            resolve({ ms, ownMs: ownMs - ownBefore });
          });
        };
        document.querySelector<HTMLElement>(selector)!.click();
        requestAnimationFrame(look);
      }),
  };
  (window as unknown as { probe: Probe }).probe = probe;

  let figures: number | null = null;
  const watch = () => {
    const hasFigures = document.querySelector(".kpi-value") !== null;
    const isAll = isDone();
    if ((hasFigures && figures === null) || isAll) {
      painted(() => {
        figures ??= performance.now();
        if (isAll) probe.loaded ??= { figures, all: performance.now() };
      });
    }
    if (!isAll) requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
}
