/** Views by name: kept for everyone of the tenant, shown again as they were, and linked to. */
import { beforeAll, expect, test } from "vitest";
import { built, settled, shoot, useBrowser } from "./support/dashboard.js";

const { open, otherClient } = useBrowser();

beforeAll(async () => await built(await otherClient()), 600_000);

const params = (search: string) => [...new URLSearchParams(search)].sort().join(" ");

test("a view is saved by one person, found by another, and removed", async () => {
  const name = "Cooking by channel";
  const shown = "?tenant=acme&view=watch&period=90d&by=week&category=Cooking&split=channel";
  const page = await open(shown, { permissions: ["clipboard-read", "clipboard-write"] });
  await settled(page);
  await page.getByRole("button", { name: "Saved views" }).click();
  const panel = page.getByRole("dialog", { name: "Saved views" });
  await panel.getByLabel("Name of this view").fill(name);
  await panel.getByRole("button", { name: "Save" }).click();
  await panel.getByText(`Saved as “${name}”.`).waitFor();
  expect(await panel.getByRole("button", { name, exact: true }).getAttribute("aria-pressed")).toBe(
    "true",
  );
  await panel.getByRole("button", { name: "Copy link to this view" }).click();
  await panel.getByText("Link copied.").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(params(new URL(link).search)).toBe(params(shown));
  await shoot(page, "views");

  const other = await open("?tenant=acme&view=watch", {
    viewport: { width: 390, height: 844 },
  });
  await settled(other);
  await other.getByRole("button", { name: "Saved views" }).click();
  await other.getByRole("button", { name, exact: true }).click();
  await settled(other);
  expect(params(new URL(other.url()).search)).toBe(params(shown));
  expect(await other.locator(".grid .card").first().getAttribute("aria-label")).toBe(
    "Views by channel",
  );
  expect(await other.getByRole("button", { name: "Saved views" }).evaluate(isFocused)).toBe(true);
  await other.getByRole("button", { name: "Saved views" }).click();
  await shoot(other, "views-390");
  expect(await other.evaluate(() => document.documentElement.scrollWidth)).toBe(390);

  await panel.getByRole("button", { name: `Remove the view ${name}` }).click();
  await panel.getByText(`Removed “${name}”.`).waitFor();
  await other.getByText("No views yet.").waitFor();
});

const isFocused = (element: Element) => element === document.activeElement;
