import { expect, test } from "vitest";
import { burstMs, Decisions } from "../../../src/dashboard/model/decisions.js";

/** Walks through changes, each of a control at a time, and says which are entries of their own. */
function entries(
  ...changes: [control: string, atMs: number, isMovedBefore?: boolean][]
): boolean[] {
  const decisions = new Decisions();
  let search = "?0";
  return changes.map(([control, atMs, isMovedBefore = false], i) => {
    const isNew = decisions.isNew(control, isMovedBefore ? "?elsewhere" : search, atMs);
    search = `?${i + 1}`;
    decisions.leaveAt(search);
    return isNew;
  });
}

test("changes of one control in a burst are one entry of the history, however long it lasts", () => {
  const step = burstMs - 1;
  expect(
    entries(["category", 0], ["category", step], ["category", 2 * step], ["category", 3 * step]),
  ).toEqual([true, false, false, false]);
});

test("another control, a pause, or going back begins an entry", () => {
  expect(entries(["category", 0], ["channel", 10], ["category", 20])).toEqual([true, true, true]);
  expect(entries(["category", 0], ["category", burstMs])).toEqual([true, true]);
  expect(entries(["category", 0], ["category", 10, true], ["category", 20])).toEqual([
    ...[true, true, false],
  ]);
});
