import { describe, expect, test } from "vitest";
import {
  refusalWords,
  stretchesOf,
  type Segment,
} from "../../../src/dashboard/explain/explanation.js";

const dayMs = 86_400_000;

describe("the parts of a period", () => {
  test("have shares of it, in order", () => {
    const segments: Segment[] = [
      { kind: "facts", from: 0, to: dayMs / 2 },
      { kind: "tiles", level: { granularity: "day" }, from: dayMs / 2, to: 2 * dayMs },
      { kind: "tiles", level: { granularity: "quarterHour" }, from: 2 * dayMs, to: 4 * dayMs },
    ];
    expect(
      stretchesOf(segments).map(({ label, share, isRecords }) => [label, share, isRecords]),
    ).toEqual([
      ["records", 0.125, true],
      ["day", 0.375, false],
      ["quarter hour", 0.5, false],
    ]);
  });

  test("have none where it is unbounded or empty", () => {
    const open: Segment = { kind: "tiles", level: { granularity: "year" }, from: null, to: dayMs };
    expect(stretchesOf([open])).toEqual([]);
    expect(stretchesOf([])).toEqual([]);
  });
});

describe("a refusal", () => {
  const words = (code: string, member?: string) =>
    refusalWords(
      { code, message: "the tiles are too few", ...(member && { member }) },
      () => "Channel",
    );

  test("names the member by its title", () => {
    expect(words("FilterNotCovered", "watch.channel")).toBe("It cannot be filtered by Channel.");
    expect(words("MissingDimension", "watch.channel")).toBe("It does not tell Channel apart.");
  });

  test("of a code that is not known says the message", () => {
    expect(words("SomethingNew")).toBe("The tiles are too few.");
  });
});
