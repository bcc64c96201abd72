/** What the dashboard fetches of code before it paints anything. */
import { expect, test } from "vitest";
import { firstScreen } from "../../../bench/support/firstScreen.js";

test("the first screen's code is at most 130 kB, compressed, and has nothing of the engine", async () => {
  const { gzipBytes, modules } = await firstScreen();
  expect(modules).toContain("src/dashboard/main.tsx");
  expect(modules.some((path) => path.startsWith("node_modules/react-dom/"))).toBe(true);
  expect(modules.filter((path) => path.startsWith("lib/")).sort()).toEqual([
    "lib/errorCodes.ts",
    "lib/model/cardinality.ts",
  ]);
  const later = /\/(fallback|held)\/|dashboard\/records\/|@tanstack/;
  expect(modules.filter((path) => later.test(path))).toEqual([]);
  expect(gzipBytes).toBeLessThanOrEqual(130_000);
});
