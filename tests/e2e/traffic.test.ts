/** Live traffic of the page itself: figures follow, and it stops when it is told to. */
import { expect, test } from "vitest";
import { lowContrast } from "./support/contrast.js";
import { kpiValue, settled, shoot, useBrowser } from "./support/dashboard.js";

const { open } = useBrowser();

/** While rollups are built for the first time, a backend has time for a write a second. */
const slowly = { timeout: 60_000 };

test("writes as often as it is told to, and the figures follow", { timeout: 200_000 }, async () => {
  const page = await open("?tenant=globex&view=watch&period=30d");
  await settled(page);
  const before = await kpiValue(page, "watch.count");
  await page.getByRole("button", { name: "Live traffic" }).click();
  const panel = page.getByRole("dialog", { name: "Live traffic" });
  const written = async () =>
    Number(
      /^([\d,]+) written/.exec((await panel.locator(".traffic-counts").textContent()) ?? "")?.[1],
    );
  await panel.getByRole("slider", { name: "Records a second" }).fill("20");
  await panel.getByRole("button", { name: "Start" }).click();
  await expect.poll(written, slowly).toBeGreaterThan(5);
  expect(await lowContrast(page)).toEqual([]);
  await shoot(page, "traffic");
  await panel.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Live traffic" }).waitFor();
  await expect
    .poll(() => panel.locator(".traffic-counts").textContent(), slowly)
    .toMatch(/^\d+ written$/);
  const total = await written();
  await page.keyboard.press("Escape");
  await expect.poll(() => kpiValue(page, "watch.count"), slowly).toBe(before + total);
  await page.waitForTimeout(1500);
  expect(await kpiValue(page, "watch.count")).toBe(before + total);
});

test.each([
  ["light", 1440],
  ["dark", 390],
] as const)("the switch fits and reads, %s, %d px", async (colorScheme, width) => {
  const page = await open("?view=watch", { colorScheme, viewport: { width, height: 900 } });
  await settled(page);
  await page.getByRole("button", { name: "Live traffic" }).click();
  await page.getByRole("dialog", { name: "Live traffic" }).waitFor();
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  expect(await lowContrast(page)).toEqual([]);
  await shoot(page, `traffic-${colorScheme}-${width}`);
});
