/** That the list of faults is sound: `npm run mutation-check` shows that they are noticed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { faults } from "./faults.js";
import { COPIED, faulty, ROOT } from "./tree.js";

const LAWS = 14;

test.each(faults)("$name: has one place, and changes it", (fault) => {
  const { sound, changed } = faulty(ROOT, fault);
  expect(changed).not.toBe(sound);
});

test("every law is broken in two ways at least", () => {
  for (let law = 1; law <= LAWS; law++) {
    const breaking = faults.filter((fault) => fault.law === law);
    expect(breaking.length, `law ${law}`).toBeGreaterThanOrEqual(2);
  }
});

test("no two faults have one name, and each one's suite is in the copied tree", () => {
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
  for (const { suite } of faults) {
    if (suite === undefined) continue;
    expect(existsSync(join(ROOT, suite)), suite).toBe(true);
    expect(
      COPIED.some((part) => suite.startsWith(`${part}/`)),
      suite,
    ).toBe(true);
  }
});
