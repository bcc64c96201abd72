import { describe, expect, test } from "vitest";
import { pairs, parseCommandLine, wholeNumber } from "../../cli/commandLine.js";
import { readDemoOptions } from "../../cli/demo/demoOptions.js";
import { Help } from "../../cli/failure.js";
import { readImportCommand } from "../../cli/import/importOptions.js";
import { describeState, startProgress } from "../../cli/progress.js";

const badUsage = expect.objectContaining({ code: "BadUsage" });

describe("options", () => {
  test("pairs are split at commas, but not inside a value", () => {
    expect(Object.fromEntries(pairs("map", ["a=1,b=x, y=z", "c=,", "d=p=q"]))).toEqual({
      ...{ a: "1", b: "x", y: "z", c: ",", d: "p=q" },
    });
    expect(Object.fromEntries(pairs("default", ["title=Bread, butter and jam"]))).toEqual({
      title: "Bread, butter and jam",
    });
    expect(() => pairs("map", ["a"])).toThrow(badUsage);
    expect(() => pairs("map", ["a=1,a=2"])).toThrow(badUsage);
  });

  test("whole numbers have a range", () => {
    const range = { min: 1, max: 9 };
    expect(wholeNumber("n", undefined, 5, range)).toBe(5);
    expect(wholeNumber("n", "9", 5, range)).toBe(9);
    for (const text of ["0", "10", "1.5", "-1", "x", "", "1e0"])
      expect(() => wholeNumber("n", text, 5, range), text).toThrow(badUsage);
  });

  test("unknown options are refused with the usage below", () => {
    expect(() => parseCommandLine(["--nope"], {}, "usage")).toThrow(
      expect.objectContaining({ code: "BadUsage", hint: "usage" }),
    );
  });

  test("--help is the usage, whatever else is said", () => {
    for (const args of [["--help"], ["--nope", "--help"]])
      expect(() => parseCommandLine(args, {}, "usage")).toThrow(
        expect.objectContaining({ usage: "usage" }),
      );
    expect(() => readDemoOptions(["--help"])).toThrow(Help);
  });

  test("the importer has defaults for all but cube and file", () => {
    expect(readImportCommand(["watch", "a.csv", "b.csv"])).toMatchObject({
      files: ["a.csv", "b.csv"],
      tenant: "acme",
      url: "http://127.0.0.1:3210",
      credentials: { kind: "development" },
      ...{ batchRows: 500, concurrency: 2, encoding: "utf-8", dryRun: false },
      row: { timezone: "UTC", dateOrder: undefined, decimalComma: false },
    });
  });

  test.each([
    [[]],
    [["films", "a.csv"]],
    [["watch"]],
    [["watch", "a.csv", "--token", "t", "--admin"]],
    [["watch", "a.csv", "--date-order", "dym"]],
    [["watch", "a.csv", "--timezone", "Nowhere/Land"]],
    [["watch", "a.csv", "--encoding", "ebcdic"]],
    [["watch", "a.csv", "--lookup", "b.csv"]],
    [["watch", "a.csv", "--batch", "1001"]],
    [["watch", "a.csv", "--key", "id", "--source", "north"]],
    [["watch", "a.csv", "--in", "In", "--out", "Out"]],
    [["watch", "a.csv", "--sign", "by-kind"]],
    [["inventory", "a.csv", "--in", "In", "--from", "From"]],
    [["inventory", "a.csv", "--in", "In", "--sign", "by-kind"]],
    [["inventory", "a.csv", "--sign", "plus"]],
    [["inventory", "a.csv", "--kinds", "sale=gift"]],
    [["watch", "a.csv", "--epoch", "days"]],
    [["watch", "a.csv", "--zone", "CST=Nowhere/Land"]],
    [["watch", "a.csv", "--thousands", ",,"]],
    [["watch", "a.csv", "--thousands", "."]],
    [["watch", "a.csv", "--thousands", ",", "--decimal-comma"]],
    [["watch", "a.csv", "--delimiter", "::"]],
    [["watch", "a.csv", "--quote", "''"]],
    [["watch", "a.csv", "--skip-lines", "-1"]],
    [["watch", "a.csv", "--watched", "Watched"]],
  ])("the importer refuses %j", (args) => {
    expect(() => readImportCommand(args)).toThrow(badUsage);
  });

  test("a key's column may be declared by either option, and marks by their names", () => {
    expect(readImportCommand(["watch", "a", "--map", "key=Id,title=T"])).toMatchObject({
      ...{ key: "Id", map: new Map([["title", "T"]]) },
    });
    for (const name of ["tab", "\\t", "\t"])
      expect(readImportCommand(["watch", "a", "--delimiter", name]).csv.delimiter).toBe("\t");
    expect(readImportCommand(["watch", "a", "--quote", "none"]).csv.quote).toBeNull();
  });

  test("the importer refuses defaults for fields that its rows do not have", () => {
    expect(() => readImportCommand(["watch", "a.csv", "--default", "colour=red"])).toThrow(
      expect.objectContaining({ code: "UnknownField" }),
    );
  });

  test("the demo has the documented ports, and none for what is left out", () => {
    expect(readDemoOptions([])).toEqual({
      ...{ records: 10_000, port: 3210, sitePort: 3211, uiPort: 5173 },
      ...{ dataDir: undefined, profile: undefined, limits: undefined },
    });
    expect(readDemoOptions(["--empty", "--no-ui", "--port", "4000"])).toMatchObject({
      ...{ records: 0, uiPort: null, port: 4000 },
    });
    const gentler = ["--profile", "relaxed", "--limits", '{"userTimeMs":2000,"userClock":"cpu"}'];
    expect(readDemoOptions(gentler)).toMatchObject({
      ...{ profile: "relaxed", limits: { userTimeMs: 2000, userClock: "cpu" } },
    });
    const wrong = [["--port", "0"], ["--records", "x"], ["--profile", "strict"], ["x"]];
    for (const limits of ["{", "1", '{"userTime":1}', '{"userTimeMs":"1"}'])
      wrong.push(["--limits", limits]);
    for (const args of [...wrong, ["--empty", "--records", "1"]])
      expect(() => readDemoOptions(args), args.join(" ")).toThrow(badUsage);
  });
});

describe("progress", () => {
  const state = { done: 50, total: 200, rows: 1500, accepted: 1200, rejected: 3 };

  test("says rows, speed, outcome and share", () => {
    expect(describeState(state, 750.4)).toBe(
      "1,500 rows · 750 rows/s · 1,200 accepted · 3 rejected · 25%",
    );
  });

  test("says what was there before, which counts as answered", () => {
    expect(describeState({ ...state, done: 200, known: 297 }, 1)).toMatch(
      /3 rejected · 297 already there · 100%$/,
    );
  });

  test("is not 100% before every row is answered", () => {
    const read = { ...state, done: 200 };
    expect(describeState(read, 1)).toMatch(/99%$/);
    expect(describeState({ ...read, accepted: 1497 }, 1)).toMatch(/100%$/);
  });

  test("is a plain line every few seconds where there is no terminal", () => {
    const lines: string[] = [];
    let now = 0;
    const stream = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream;
    const progress = startProgress("stock", { stream, now: () => now });
    for (now = 0; now <= 12_000; now += 1000) progress.update({ ...state, rows: now / 10 });
    progress.stop("done");
    expect(lines).toEqual([
      "stock: 500 rows · 100 rows/s · 1,200 accepted · 3 rejected · 25%\n",
      "stock: 1,000 rows · 100 rows/s · 1,200 accepted · 3 rejected · 25%\n",
      "done\n",
    ]);
  });
});
