/** Stages, places of viewers, differences of answers and what takes the new way back. */
import { describe, expect, test } from "vitest";
import { asRows, differencesOf } from "../../lib/rollout/differences.js";
import { questionKey } from "../../lib/rollout/questionKey.js";
import { modeOf, placeOf } from "../../lib/rollout/stage.js";
import { counted, verdictOf, windowAt, type Minute } from "../../lib/rollout/verdict.js";

describe("the place of a viewer", () => {
  test("is spread evenly over a hundred, and another salt gives others", () => {
    const viewers = Array.from({ length: 20_000 }, (_, i) => `https://issuer|user-${i}`);
    const share = (percent: number) =>
      viewers.filter((viewer) => placeOf("acme", viewer) < percent).length / viewers.length;
    for (const percent of [1, 10, 25, 50, 75, 99]) {
      expect(share(percent)).toBeCloseTo(percent / 100, 1.9);
    }
    const first = (salt: string) => viewers.filter((viewer) => placeOf(salt, viewer) < 10);
    const both = first("a").filter((viewer) => placeOf("b", viewer) < 10).length;
    expect(both / first("a").length).toBeLessThan(0.15);
  });

  test("never takes a viewer back as the percentage grows", () => {
    for (let i = 0; i < 500; i++) {
      const modes = Array.from({ length: 101 }, (_, percent) =>
        modeOf({ stage: "percent", percent, salt: "acme" }, `user-${i}`),
      );
      expect(modes[0]).toBe("off");
      expect(modes[100]).toBe("on");
      expect(modes.lastIndexOf("off")).toBe(modes.indexOf("on") - 1);
    }
  });

  test("does not matter in the other stages", () => {
    const of = (stage: "off" | "shadow" | "on") =>
      modeOf({ stage, percent: 50, salt: "acme" }, "user-1");
    expect([of("off"), of("shadow"), of("on")]).toEqual(["off", "off", "on"]);
  });
});

const answer = (rows: Record<string, unknown>[], total: number | null = null) => ({ rows, total });
const values = ["n"];

describe("differences", () => {
  test("are none between equal answers, however their fields are ordered", () => {
    const old = answer([{ a: "x", n: 1 }], 1);
    expect(differencesOf(old, answer([{ n: 1, a: "x" }], 1), { values })).toEqual([]);
    expect(differencesOf(answer([]), answer([]), { values })).toEqual([]);
  });

  test("tell rows that are missing, too many or wrong, with the first of each kind and how many", () => {
    const old = answer([
      { a: "x", n: 1 },
      { a: "y", n: 2 },
      { a: "z", n: null },
    ]);
    const now = answer([
      { a: "x", n: 5 },
      { a: "v", n: 1 },
      { a: "w", n: 1 },
      { a: "z", n: 0 },
    ]);
    expect(differencesOf(old, now, { values })).toEqual([
      { kind: "value", count: 2, old: { a: "x", n: 1 }, new: { a: "x", n: 5 } },
      { kind: "missing", count: 1, old: { a: "y", n: 2 }, new: null },
      { kind: "extra", count: 2, old: null, new: { a: "v", n: 1 } },
    ]);
  });

  test("tell another order and another total", () => {
    const rows = [
      { a: "x", n: 1 },
      { a: "y", n: 1 },
    ];
    expect(differencesOf(answer(rows, 2), answer([...rows].reverse(), 3), { values })).toEqual([
      { kind: "order", count: 2, old: rows[0], new: rows[1] },
      { kind: "total", count: 1, old: 2, new: 3 },
    ]);
  });

  test("tell rows about the same apart by their turn, of an ungrouped question", () => {
    const rows = (...numbers: number[]) => answer(numbers.map((n) => ({ a: "x", n })));
    expect(differencesOf(rows(1, 2), rows(1, 2), { values })).toEqual([]);
    expect(differencesOf(rows(1, 2), rows(1), { values })).toEqual([
      { kind: "missing", count: 1, old: { a: "x", n: 2 }, new: null },
    ]);
  });

  test("compare what an app's function gives by place, within a tolerance that is asked for", () => {
    const old = { rows: asRows({ mean: 0.1 + 0.2, by: [1, { deep: 3 }] }), total: null };
    const now = { rows: asRows({ mean: 0.3, by: [1, { deep: 3 }] }), total: null };
    const byPlace = { values: null, tolerance: 1e-9 };
    expect(differencesOf(old, now, byPlace)).toEqual([]);
    expect(differencesOf(old, now, { values: null })).toMatchObject([{ kind: "value" }]);
    const other = { rows: asRows({ mean: 0.3, by: [1, { deep: 4 }] }), total: null };
    expect(differencesOf(old, other, byPlace)).toMatchObject([{ kind: "value", count: 1 }]);
    const list = (...items: unknown[]) => ({ rows: asRows(items), total: null });
    expect(differencesOf(list(1, 2), list(1), byPlace)).toEqual([
      { kind: "missing", count: 1, old: { value: 2 }, new: null },
    ]);
  });
});

describe("the name of a question", () => {
  const asked = {
    measures: ["c.n"],
    dimensions: ["c.a"],
    timeDimensions: [{ dimension: "c.t", granularity: "day", dateRange: ["a", "b"] }],
    filters: [{ or: [{ member: "c.a", operator: "equals", values: ["x"] }] }],
    limit: 10,
  };
  const name = (change: object) => questionKey("c", { ...asked, ...change });

  test("leaves days, values and limits out, and nothing else", () => {
    const same = [
      { limit: 5, rowLimit: 5, offset: 3 },
      { timeDimensions: [{ dimension: "c.t", granularity: "day", dateRange: ["c", "d"] }] },
      { filters: [{ or: [{ member: "c.a", operator: "equals", values: ["y", "z"] }] }] },
    ];
    const other = [
      { measures: ["c.m"] },
      { dimensions: [] },
      { timeDimensions: [{ dimension: "c.t", granularity: "month", dateRange: ["a", "b"] }] },
      { timeDimensions: [{ dimension: "c.t", granularity: "day", compareDateRange: [["a"]] }] },
      { filters: [{ or: [{ member: "c.a", operator: "contains", values: ["x"] }] }] },
      { filters: [{ and: [{ member: "c.a", operator: "equals", values: ["x"] }] }] },
      { segments: ["c.large"] },
      { timezone: "Europe/Berlin" },
    ];
    expect(new Set(same.map(name))).toEqual(new Set([name({})]));
    expect(new Set([{}, ...other].map(name)).size).toBe(other.length + 1);
  });
});

describe("the verdict", () => {
  const thresholds = {
    ...{ windowMs: 600_000, differences: 1, shadowDifferences: 20, failures: 5 },
    ...{ slowMs: 1000, slowAnswers: 5, slowShare: 0.5 },
  };
  const MINUTE = 60_000;
  const now = 1_000 * MINUTE + 1;

  function after(outcomes: [at: number, outcome: "equal" | "different" | "failed", ms?: number][]) {
    let minutes: Minute[] = [];
    for (const [at, outcome, tookMs = null] of outcomes) {
      const window = windowAt(minutes, at, thresholds.windowMs);
      minutes = counted(window, { outcome, tookMs }, thresholds);
    }
    return minutes;
  }

  test("is null for answers that are equal, and while it is off", () => {
    expect(verdictOf(after([[now, "equal", 10]]), "on", thresholds)).toBe(null);
    expect(verdictOf(after([[now, "different"]]), "off", thresholds)).toBe(null);
  });

  test("needs one difference where people see it, and twenty in shadow", () => {
    const one = after([[now, "different"]]);
    expect(verdictOf(one, "percent", thresholds)).toEqual({
      ...{ reason: "differences", count: 1, most: 1, windowMs: 600_000 },
    });
    expect(verdictOf(one, "shadow", thresholds)).toBe(null);
    const twenty = after(Array.from({ length: 20 }, () => [now, "different"]));
    expect(verdictOf(twenty, "shadow", thresholds)?.count).toBe(20);
  });

  test("counts what is within the window alone", () => {
    const spread = (gap: number) =>
      after(Array.from({ length: 5 }, (_, i) => [now + i * gap * MINUTE, "failed"]));
    expect(verdictOf(spread(2), "on", thresholds)).toMatchObject({ reason: "failures", count: 5 });
    expect(verdictOf(spread(3), "on", thresholds)).toBe(null);
    expect(spread(3)).toHaveLength(4);
  });

  test("asks of slow answers that they are half of all", () => {
    const slow = Array.from({ length: 5 }, () => [now, "equal", 1001] as [number, "equal", number]);
    const fast = slow.map(([at, outcome]) => [at, outcome, 1000] as [number, "equal", number]);
    expect(verdictOf(after(slow), "on", thresholds)?.reason).toBe("latency");
    expect(verdictOf(after([...fast, ...slow]), "on", thresholds)?.reason).toBe("latency");
    expect(verdictOf(after([...fast, ...fast, ...slow]), "on", thresholds)).toBe(null);
  });

  test("is never given by a threshold of 0", () => {
    const never = { ...thresholds, differences: 0, failures: 0, slowAnswers: 0 };
    const all = after([
      [now, "different", 5000],
      [now, "failed"],
    ]);
    expect(verdictOf(all, "on", never)).toBe(null);
  });
});
