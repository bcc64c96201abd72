/**
 * Tiles that the browser holds, on the screen: what they cover is right in the frame after a click, without a
 * message, and every page goes on following writes. Times are printed, not judged.
 */
import { describe, expect, test } from "vitest";
import { anyApi } from "convex/server";
import { percentile } from "../../bench/support/statistics.js";
import type { Page } from "playwright-core";
import { kpiValue, settled, useBrowser } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();
const CLICKS = 10;
const WRITES = 8;
const stockRow = {
  ...{ product: "Test product", category: "Test", warehouse: "North", kind: "receipt" },
  ...{ quantity: 3, unitCost: 2.5 },
};

interface Traffic {
  sent: number;
  received: number;
  bytes: number;
}

/** Counts what goes over the sync socket from now on. */
function trafficOf(page: Page): Traffic {
  const traffic = { sent: 0, received: 0, bytes: 0 };
  page.on("websocket", (socket) => {
    if (!socket.url().endsWith("/sync")) return;
    socket.on("framesent", ({ payload }) => {
      // The client's own measurements are no questions.
      if (!String(payload).includes('"type":"Event"')) traffic.sent++;
    });
    socket.on("framereceived", ({ payload }) => {
      if (String(payload).includes('"type":"Ping"')) return;
      traffic.received++;
      traffic.bytes += String(payload).length;
    });
  });
  return traffic;
}

/** Clicks in the page, and tells how long it took until a frame showed another figure, and in which frame. */
function clickToPainted(page: Page, selector: string): Promise<{ ms: number; frames: number }> {
  return page.evaluate(
    (selector) =>
      new Promise((resolve) => {
        const figure = () => document.querySelector(".kpi-value")?.textContent;
        const before = figure();
        const startedAt = performance.now();
        let frames = 0;
        const look = () => {
          frames++;
          if (figure() !== before || frames > 600) {
            resolve({ ms: performance.now() - startedAt, frames });
          } else requestAnimationFrame(look);
        };
        document.querySelector<HTMLElement>(selector)!.click();
        requestAnimationFrame(look);
      }),
    selector,
  );
}

describe("tiles that the browser holds", () => {
  test("answer a filter in the frame after the click, without a message", async () => {
    let traffic: Traffic | undefined;
    const page = await open("?view=inventory&period=90d", {
      prepare: (opened) => Promise.resolve((traffic = trafficOf(opened))),
    });
    await settled(page);
    await page.locator('.status[data-source="tiles"]').waitFor();
    await page
      .locator('[aria-label="Warehouses"] button.bar')
      .first()
      .evaluate((button) => (button.id = "filter"));
    // The first filter asks which others may be combined with it, and what was too much at once is fetched later.
    for (let i = 0; i < 2; i++) {
      await clickToPainted(page, "#filter");
      await page.waitForTimeout(2500);
    }
    const times: number[] = [];
    const frames: number[] = [];
    const before = { ...traffic! };
    for (let i = 0; i < CLICKS; i++) {
      const painted = await clickToPainted(page, "#filter");
      times.push(painted.ms);
      frames.push(painted.frames);
      await settled(page);
    }
    const sent = traffic!.sent - before.sent;
    const received = traffic!.received - before.received;
    console.log(
      `filter to painted: median ${percentile(times, 50).toFixed(0)} ms, most ${Math.max(...times).toFixed(0)} ms, ` +
        `frames ${frames.join()}; ${CLICKS} filters: ${sent} messages out, ${received} in, ` +
        `${traffic!.bytes - before.bytes} B in`,
    );
    expect(sent).toBe(0);
    expect(percentile(frames, 50)).toBeLessThanOrEqual(2);
    expect(await page.locator(".status").getAttribute("data-source")).toBe("tiles");
  });

  test("follow writes and their folds", async () => {
    let traffic: Traffic | undefined;
    const page = await open("?tenant=acme&view=inventory&period=90d", {
      prepare: (opened) => Promise.resolve((traffic = trafficOf(opened))),
    });
    await settled(page);
    await page.locator('.status[data-source="tiles"]').waitFor();
    await page.waitForTimeout(2500);
    const client = await otherClient();
    const before = { ...traffic! };
    const count = await kpiValue(page, "inventory.count");
    for (let i = 1; i <= WRITES; i++) {
      const row = { ...stockRow, occurredAt: Date.now(), key: `held-${i}-${Date.now()}` };
      await client.mutation(anyApi["inventory"]!["record"]!, { tenantId: "acme", row });
      await expect
        .poll(() => kpiValue(page, "inventory.count"), { timeout: 20_000 })
        .toBe(count + i);
    }
    // What is written is folded within seconds.
    await page.waitForTimeout(8000);
    console.log(
      `${WRITES} writes and their folds: ${traffic!.received - before.received} messages in, ` +
        `${Math.round((traffic!.bytes - before.bytes) / WRITES)} B per write, ${traffic!.sent - before.sent} out`,
    );
    expect(await page.locator(".status").getAttribute("data-source")).toBe("tiles");
    expect(await kpiValue(page, "inventory.count")).toBe(count + WRITES);
  });
});
