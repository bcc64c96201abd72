/** A difference of both ways in words and figures, as the operator's screen has them. */
import { describe, expect, test } from "vitest";
import {
  answeredWords,
  pairsOf,
  questionText,
  questionWords,
} from "../../../src/dashboard/operate/difference.js";
import { rollbackWords, seenWords } from "../../../src/dashboard/operate/words.js";

const query = {
  measures: ["watch.count", "watch.durationSeconds"],
  dimensions: ["watch.category"],
  filters: [],
  timeDimensions: [
    { dimension: "watch.watchedAt", granularity: "day", dateRange: ["2026-01-01", "2026-01-31"] },
  ],
  limit: 8,
};

describe("a difference", () => {
  test("names what was asked, and what it was grouped by", () => {
    expect(questionWords({ cube: "watch", query })).toBe(
      "count, durationSeconds by category, watchedAt (day)",
    );
    const timeDimensions = [{ dimension: "watch.watchedAt", dateRange: ["2026-01-01"] }];
    expect(questionWords({ cube: "watch", query: { measures: ["watch.count"], timeDimensions } }))
      // A range groups nothing.
      .toBe("count");
  });

  test("has the whole question but its empty parts, a line for each", () => {
    const text = questionText(query);
    expect(JSON.parse(text)).toEqual({ ...query, filters: undefined });
    expect(text.split("\n")).toHaveLength(6);
    expect(text).toContain('  "measures": [ "watch.count", "watch.durationSeconds" ],\n');
  });

  test("sets both rows beside one another, and marks only what differs", () => {
    const old = { "watch.watchedAt.day": "2026-01-01T00:00:00.000", "watch.count": 0.1 };
    const pairs = pairsOf({
      ...{ cube: "watch", kind: "value", old },
      new: { ...old, "watch.count": 0.30000000000000004 },
    });
    expect(pairs).toEqual([
      { name: "watchedAt.day", old: "2026-01-01", new: "2026-01-01", differs: false },
      { name: "count", old: "0.1", new: "0.30000000000000004", differs: true },
    ]);
  });

  test("tells a value that is null from a row that is not there, and a text from a number", () => {
    const row = { "watch.count": 3, "watch.category": null };
    expect(pairsOf({ cube: "watch", kind: "missing", old: row, new: null })).toEqual([
      { name: "count", old: "3", new: "–", differs: true },
      { name: "category", old: "null", new: "–", differs: true },
    ]);
    const [pair] = pairsOf({
      cube: "watch",
      kind: "value",
      old: { value: "3" },
      new: { value: 3 },
    });
    expect(pair).toMatchObject({ differs: true });
  });

  test("of totals is of the number of rows", () => {
    expect(pairsOf({ cube: "watch", kind: "total", old: 3, new: 4 })).toEqual([
      { name: "rows", old: "3", new: "4", differs: true },
    ]);
  });

  test("says which rollup answered, and as of when", () => {
    const commit = "1796047670462645175";
    expect(answeredWords({ route: "watch.totals@1", commit }, "Europe/Paris")).toMatch(
      /^Answered by watch\.totals@1 as of Nov 30, 2026, 3:07:50\sPM, commit 1796047670462645175$/,
    );
  });

  test("says how often it was found, and when last", () => {
    expect(seenWords(1, 0, 12_000)).toBe("once, 12s ago");
    expect(seenWords(2000, 0, 12_000)).toBe("2,000 times, last 12s ago");
  });
});

test("a rollback says from where, when, why and until when", () => {
  const rollback = {
    ...({ at: 0, from: "percent", percent: 25, reason: "differences" } as const),
    ...{ count: 1, most: 1, windowMs: 600_000 },
  };
  expect(rollbackWords(rollback, 12_000)).toBe(
    "Taken back from 25%, 12s ago: 1 different answer within 10 min. Off until an admin moves it.",
  );
  expect(rollbackWords({ ...rollback, from: "on", reason: "latency", count: 5 }, 12_000)).toBe(
    "Taken back from on, 12s ago: 5 slow answers within 10 min. Off until an admin moves it.",
  );
});
