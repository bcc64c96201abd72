import { describe, expect, test } from "vitest";
import { proposalWords, withheldWords } from "../../../src/dashboard/operate/adviceWords.js";

describe("advice in words", () => {
  test("names what goes for what", () => {
    const merged = { kind: "merge", rollup: "by_both", replaces: ["by_one", "by_other"] } as const;
    expect(proposalWords(merged)).toBe("Merge into by_both instead of by_one and by_other");
    expect(proposalWords({ kind: "narrow", rollup: "by_one", replaces: ["by_one"] })).toBe(
      "Narrow by_one",
    );
  });

  test("says what evidence is missing, and who else may ask", () => {
    const drop = {
      cube: "watch",
      kind: "drop",
      rollup: "totals",
      replaces: ["totals"],
      saves: 1,
    } as const;
    const missing = { reports: { has: 3, needs: 20 }, days: { has: 0.9, needs: 7 } };
    expect(withheldWords({ ...drop, code: "ThinEvidence", missing })).toBe(
      "There are 3 of 20 reports and 0 of 7 days of reports.",
    );
    expect(withheldWords({ ...drop, code: "OnlyCover", members: ["weekday"] })).toBe(
      "Nothing else keeps weekday, and reports do not show who else asks for it.",
    );
  });
});
