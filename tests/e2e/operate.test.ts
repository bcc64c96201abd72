/** The operator's screen, in a browser: how it looks, and what it has done. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { lowContrast } from "./support/contrast.js";
import { shoot, useBrowser } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();

const screens = (["light", "dark"] as const).flatMap((theme) =>
  ([1440, 820, 390] as const).map((width) => ({ theme, width })),
);

async function opened(page: Page): Promise<void> {
  await page.getByRole("region", { name: "Upkeep" }).getByText("Verified equal").waitFor();
  await page.locator('[aria-busy="true"]').waitFor({ state: "detached" });
}

const card = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

describe("the operator's screen", () => {
  test.each(screens)("$theme, $width px: fits, and reads", async ({ theme, width }) => {
    const page = await open("?view=operate", {
      colorScheme: theme,
      viewport: { width, height: 1000 },
    });
    await opened(page);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await lowContrast(page)).toEqual([]);
    await shoot(page, `operate-${theme}-${width}`);
  });

  test(
    "builds a rollup again after it has asked, while the old tiles serve",
    { timeout: 180_000 },
    async () => {
      const page = await open("?view=operate");
      await opened(page);
      const rows = card(page, "Rollups");
      await rows.getByRole("button", { name: "Rebuild inventory.by_category@1" }).click();
      const dialog = page.getByRole("dialog", { name: "Rebuild inventory.by_category?" });
      await shoot(page, "operate-confirm");
      await dialog.getByRole("button", { name: "Cancel" }).click();
      expect(await rows.getByText("inventory.by_category@2").count()).toBe(0);
      await rows.getByRole("button", { name: "Rebuild inventory.by_category@1" }).click();
      await dialog.getByRole("button", { name: "Rebuild" }).click();
      await page.getByText("inventory.by_category is being built again.").waitFor();
      const built = rows.getByRole("row", { name: /inventory\.by_category@2 ready/ });
      await built.waitFor({ timeout: 60_000 });
      const old = rows.getByText("inventory.by_category@1", { exact: true });
      await old.waitFor({ state: "detached", timeout: 60_000 });
    },
  );

  test("moves a cube to shadow and to a share of the people, and back to the tenant", async () => {
    const page = await open("?view=operate&tenant=acme");
    await opened(page);
    const rollout = card(page, "Rollout");
    const stages = rollout.getByRole("radiogroup", { name: "Stage of watch" });
    const client = await otherClient();
    const standing = async () =>
      (await client.query(api.flags.get, { tenantId: "acme" })).rollout?.cubes?.["watch"]?.rollout;
    try {
      await stages.getByText("Shadow").click();
      await page.getByText("watch is shadow.").waitFor();
      expect(await standing()).toMatchObject({ stage: "shadow" });
      await stages.getByText("Percent").click();
      await page.getByText("watch is at 10%.").waitFor();
      const percent = rollout.getByLabel("Percent of people of watch who see rollups");
      await percent.fill("101");
      expect(await rollout.getByRole("button", { name: "Set" }).isDisabled()).toBe(true);
      await percent.fill("25");
      await rollout.getByRole("button", { name: "Set" }).click();
      await page.getByText("watch is at 25%.").waitFor();
      expect(await standing()).toMatchObject({ stage: "percent", percent: 25 });
      await stages.getByText("As tenant").click();
      await page.getByText("watch is as the tenant.").waitFor();
      expect(await standing()).toBeUndefined();
    } finally {
      await client.mutation(api.flags.move, { tenantId: "acme", stage: "follow", cube: "watch" });
    }
  });

  test(
    "has everything compared on demand, and says when that was",
    { timeout: 180_000 },
    async () => {
      const page = await open("?view=operate");
      await opened(page);
      await page.getByRole("button", { name: "Verify now" }).click();
      await page.getByText("All tiles are compared with the records.").waitFor();
      await card(page, "Upkeep").getByText("100%").waitFor({ timeout: 120_000 });
      await card(page, "Rollups")
        .getByRole("row", { name: /watch\.totals@1 ready (now|\d+ ?(s|m|min) ago)/ })
        .waitFor();
    },
  );

  test("is reached by the keyboard and by the back button", async () => {
    const page = await open("");
    await page.getByRole("radio", { name: "Operate" }).focus();
    await page.keyboard.press("Space");
    await opened(page);
    expect(page.url()).toContain("view=operate");
    await page.goBack();
    await card(page, "Categories").waitFor();
  });
});
