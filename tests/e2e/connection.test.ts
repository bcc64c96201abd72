/** A page without a connection says so within two seconds, keeps what it shows, and recovers by itself. */
import { anyApi } from "convex/server";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kpiValue, settled, shoot, useBrowser } from "./support/dashboard.js";
import { startOwnDashboard, type OwnDashboard } from "./support/ownDashboard.js";

const saidWithinMs = 2_000;

let own: OwnDashboard;
const { open, otherClient } = useBrowser(() => own.url);

beforeAll(async () => {
  own = await startOwnDashboard();
  await own.addTenant("acme", "UTC");
  await record(20);
});
afterAll(() => own.remove());

let recorded = 0;

/** So many views of today, by another client. */
async function record(count: number): Promise<void> {
  const client = await otherClient();
  const rows = Array.from({ length: count }, () => ({
    ...{ key: `r${recorded++}`, videoId: "v", title: "A title", channel: "A channel" },
    ...{ topics: ["Sea"], category: "Science", viewer: "ann", durationSeconds: 60 },
    watchedAt: Date.now(),
  }));
  await client.mutation(anyApi["watch"]!["recordBatch"]!, { tenantId: "acme", rows });
}

const views = (page: Page) => kpiValue(page, "watch.count");
const expectErrors = /WebSocket|ERR_|Failed to load resource|reconnect/i;

/** How long it takes until the page says so, from now. */
async function saidAfterMs(page: Page, state: string, banner: string): Promise<number> {
  const from = Date.now();
  await page.locator(".status-state", { hasText: state }).waitFor();
  await page.locator("[role=status].banner", { hasText: banner }).waitFor();
  return Date.now() - from;
}

describe("a page that loses its connection", () => {
  test("with the device's network says so within two seconds, and catches up when it is back", async () => {
    const page = await open("?period=7d", { expectErrors });
    await settled(page);
    const before = await views(page);
    const said = saidAfterMs(page, "Offline", "You are offline. Figures are of");
    await page.context().setOffline(true);
    expect(await said).toBeLessThan(saidWithinMs);
    expect(await views(page)).toBe(before);
    expect(await page.getByRole("button", { name: "Record a view" }).isDisabled()).toBe(true);
    await shoot(page, "offline");

    await record(1);
    await page.context().setOffline(false);
    await settled(page);
    await expect.poll(() => views(page), { timeout: 20_000 }).toBe(before + 1);
    expect(await page.locator(".banner-lost").count()).toBe(0);
  });

  test("with the backend says so within two seconds, and catches up when it runs again", async () => {
    const page = await open("?period=7d", { expectErrors });
    await settled(page);
    const before = await views(page);
    const said = saidAfterMs(page, "Reconnecting", "The backend does not answer. Figures are of");
    await own.backend.kill();
    expect(await said).toBeLessThan(saidWithinMs);
    expect(await views(page)).toBe(before);
    await shoot(page, "backend-gone");

    await own.backend.restart();
    await record(1);
    await settled(page);
    await expect.poll(() => views(page), { timeout: 20_000 }).toBe(before + 1);
  });

  test("before it has shown anything says why it waits", async () => {
    // An identity provider of its own goes on without the backend.
    const grant: unknown = await (await fetch(`${own.url}/demo/token`)).json();
    await own.backend.kill();
    const page = await open("?period=7d", {
      expectErrors,
      prepare: (opened) => opened.route("**/demo/token", (route) => route.fulfill({ json: grant })),
    });
    await page.getByText("The backend does not answer").waitFor({ timeout: saidWithinMs });
    await shoot(page, "backend-gone-at-start");
    await own.backend.restart();
    await settled(page);
  });

  test("says that it waits when a question gets no answer", async () => {
    let isSilent = false;
    const page = await open("?period=7d", {
      prepare: (opened) =>
        opened.routeWebSocket(/\/sync$/, (socket) => {
          const server = socket.connectToServer();
          server.onMessage((message) => (isSilent ? undefined : socket.send(message)));
        }),
    });
    await settled(page);
    isSilent = true;
    await page.locator(".toolbar .popover > .button").first().click();
    await page.getByRole("button", { name: "Last 90 days", exact: true }).click();
    await page.getByText("Waiting for the backend").waitFor({ timeout: 3_000 });
    expect(await page.locator(".answer-stale").count()).toBeGreaterThan(0);
  });
});
