/** From reports to patterns: what is counted, what is kept, and which names are. */
import { describe, expect, test } from "vitest";
import type { Pattern } from "../../lib/patterns/pattern.js";
import { isPattern, routeName, withFewValues, type Reported } from "../../lib/patterns/reported.js";
import { rolledUp } from "../../lib/patterns/rollUp.js";

const DAY = 86_400_000;
const NOW = 100 * DAY;
const bounds = { forms: 3, days: 30 };

const question = (form: string, more: Partial<Reported> = {}): Reported => ({
  ...{ cube: "watch", form, query: { measures: [form] }, asked: 1, route: "watch.totals" },
  ...{ held: false, ...more },
});
const forms = (patterns: readonly Pattern[]) => patterns.map(({ form }) => form).sort();

describe("patterns", () => {
  test("count what is asked and by which routes, and keep the newest question", () => {
    const reports = [
      { at: NOW - 5000, questions: [question("a", { asked: 4, query: { limit: 1 } })] },
      { at: NOW, questions: [question("a", { asked: 3, route: "NoRollup", query: { limit: 2 } })] },
      { at: NOW - 9000, questions: [question("a", { asked: 2, held: true, query: { limit: 3 } })] },
    ];
    expect(rolledUp([], reports, bounds, NOW)).toEqual([
      {
        ...{ cube: "watch", form: "a", query: { limit: 2 }, asked: 9, reports: 3, held: 2 },
        ...{ firstSeen: NOW - 5000, lastSeen: NOW },
        routes: { "watch.totals": 2, NoRollup: 1 },
      },
    ]);
  });

  test("are the same however reports are split", () => {
    const reports = Array.from({ length: 12 }, (_, i) => ({
      at: NOW - 12 + i,
      questions: [question(`f${i % 3}`, { asked: i + 1, held: i % 2 === 0 })],
    }));
    const whole = rolledUp([], reports, bounds, NOW);
    const split = rolledUp(
      rolledUp([], reports.slice(0, 5), bounds, NOW),
      reports.slice(5),
      bounds,
      NOW,
    );
    expect(split).toEqual(whole);
  });

  test("that no report changes are the same objects", () => {
    const known = rolledUp(
      [],
      [{ at: NOW, questions: [question("a"), question("b")] }],
      bounds,
      NOW,
    );
    const next = rolledUp(known, [{ at: NOW, questions: [question("b")] }], bounds, NOW);
    expect(next.map((pattern) => known.includes(pattern))).toEqual([true, false]);
  });

  test("are at most so many: what is asked least a day goes, and what was not for long", () => {
    const at = (day: number, form: string, asked: number) => ({
      at: NOW - day * DAY,
      questions: [question(form, { asked })],
    });
    const reports = [at(20, "rare", 2), at(20, "often", 200), at(0, "new", 1), at(1, "fresh", 3)];
    expect(forms(rolledUp([], reports, bounds, NOW))).toEqual(["fresh", "new", "often"]);
    const old = rolledUp([], [at(31, "old", 1e6), at(0, "a", 1)], bounds, NOW);
    expect(forms(old)).toEqual(["a"]);
  });

  test("have at most 21 routes", () => {
    const reports = Array.from({ length: 40 }, (_, i) => ({
      at: NOW,
      questions: [question("a", { route: `watch.r${i}` })],
    }));
    const [pattern] = rolledUp([], reports, bounds, NOW);
    expect(Object.keys(pattern!.routes)).toHaveLength(21);
    expect(pattern!.routes["Other"]).toBe(20);
  });
});

test.each([
  ["watch.totals@12", "watch.totals"],
  ["watch.totals@1, watch.median@2", "watch.totals, watch.median"],
  ["watch.totals@1, scan", "watch.totals, scan"],
  ["scan", "scan"],
  ["browser", "browser"],
  ["NoRollup", "NoRollup"],
  ["inventory.totals@1", "Other"],
  ["watch.$x", "Other"],
  ["__proto__", "Other"],
  ["", "Other"],
  [`watch.${"x".repeat(300)}`, "Other"],
])("the route %s is counted as %s", (told, name) => {
  expect(routeName("watch", told)).toBe(name);
});

test("faults, refused callers and invalid questions are no patterns", () => {
  const routes = ["watch.totals@1", "scan", "browser", "NoRollup", "Building"];
  expect(routes.filter((route) => !isPattern(route))).toEqual([]);
  const none = ["Forbidden", "InvalidQuery", "CorruptTile", "TimedOut", "Internal", "OfTheApp", ""];
  expect(none.filter(isPattern)).toEqual([]);
});

test("a query keeps ten values of each condition, at any depth", () => {
  const values = Array.from({ length: 30 }, (_, i) => i);
  const one = { member: "watch.category", operator: "equals", values };
  const query = { measures: ["watch.count"], filters: [one, { or: [one, { and: [one] }] }] };
  const few = { ...one, values: values.slice(0, 10) };
  expect(withFewValues(query)).toEqual({
    measures: ["watch.count"],
    filters: [few, { or: [few, { and: [few] }] }],
  });
});
