/** What tests and benches bring a page of the dashboard to. */
import type { Page } from "playwright-core";

/** Has the backend answer everything: what holds tiles never comes. `expectErrors` has to allow ERR_FAILED. */
export async function withoutTiles(page: Page): Promise<void> {
  await page.route(/\/assets\/held-/, (route) => route.abort());
}

/** Waits until nothing loads, waits for an answer or shows a placeholder. */
export async function settled(page: Page): Promise<void> {
  await page.locator(".kpi-value, .first-run").first().waitFor();
  await page.waitForFunction(
    () =>
      document.querySelector("[aria-busy=true], .skeleton, .answer-stale") === null &&
      document.querySelector(".status-live, .status-paused") !== null,
  );
}

/** Waits until the records are listed. */
export async function listed(page: Page): Promise<void> {
  await page.locator(".records-grid, .records .note").first().waitFor();
  await page.waitForFunction(
    () =>
      document.querySelector("[aria-busy=true]") === null &&
      document.querySelector(".status-live") !== null,
  );
}

/** Waits until the question of Explore is answered, or declined, and nothing loads. */
export async function explored(page: Page): Promise<void> {
  await page.locator(".explore-rows, .explore-result .note").first().waitFor();
  await page.waitForFunction(
    () =>
      document.querySelector("[aria-busy=true], .explore-result .skeleton, .answer-stale") ===
        null && document.querySelector(".status-live") !== null,
  );
}

/** Scrolls to the year's card, which asks only when it is near; then all has settled. */
export async function wholeYear(page: Page): Promise<void> {
  await settled(page);
  const card = page.locator(".card-full");
  await card.scrollIntoViewIfNeeded();
  await page.locator(".year-grid").waitFor();
  await settled(page);
}
