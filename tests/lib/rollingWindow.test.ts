/** Laws 1, 4 and 10 for rolling windows: what they show, by every route, and what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { defineCube } from "../../lib/resolve/defineCube.js";
import { projectFact } from "../../lib/model/fact.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../lib/answer/answerFromTiles.js";
import { FactTable } from "../../src/react/fallback/factTable.js";
import { SlidingMerge } from "../../lib/answer/slidingMerge.js";
import { errorOf } from "./fixtures/codeOf.js";
import { anyRollingQuery, isOpenEnded, rolling, rollingOracle } from "./fixtures/rolling.js";
import { anySteps, sales, zones } from "./fixtures/sales.js";
import { expectSameRows } from "./fixtures/sameRows.js";
import { generationOf, play } from "./fixtures/world.js";
import { cutRows, evaluate, type OracleQuery } from "./oracle/oracle.js";

const catalogue = { sales: rolling };
const normalize = (json: unknown, timezone = "UTC") =>
  normalizeQuery(catalogue, json, { timezone });
const anyClosedQuery = anyRollingQuery.filter((query) => !isOpenEnded(query));

describe("a rolling window", () => {
  it("shows from the facts what the oracle finds", () => {
    let rows = 0;
    fc.assert(
      fc.property(anySteps(25), anyClosedQuery, fc.constantFrom(...zones), (steps, query, zone) => {
        const { docs, facts } = play(rolling, steps);
        const answer = answerFromFacts(rolling, normalize(query, zone), zone, facts);
        const all = evaluate(rollingOracle, query, zone, docs);
        const expected = cutRows(rollingOracle, query, zone, docs, all);
        expectSameRows(answer.rows, expected, rollingOracle);
        rows += expected.length;
      }),
      { numRuns: 400 },
    );
    expect(rows).toBeGreaterThan(1000);
  });

  it("ends where the clock says in the hour that clocks show twice", () => {
    const doc = { shop: "a", tags: [], size: 1, quantity: 0, price: null, weight: null };
    const [spring, quarterPastTwo] = [Date.UTC(2012, 2, 11, 6), Date.UTC(2012, 10, 4, 7, 15)];
    const { docs, facts } = play(rolling, [
      { op: "insert", doc: { ...doc, at: spring } },
      { op: "update", pick: 0, doc: { ...doc, at: quarterPastTwo } },
    ]);
    // With an hour ahead, 01:00 ends at 02:15. So does 01:15 of the first pass at 02:30, which comes before.
    const query: OracleQuery = {
      measures: ["sales.quarter", "sales.soFar"],
      timeDimensions: [
        {
          dimension: "sales.at",
          granularity: "quarterHour",
          dateRange: ["2012-11-04T00:00:00.000", "2012-11-04T03:00:00.000"],
        },
      ],
      timezone: "America/New_York",
    };
    const { rows } = answerFromFacts(rolling, normalize(query, "UTC"), "UTC", facts);
    expect(rows[0]?.["sales.at.quarterHour"]).toBe("2012-11-04T01:15:00.000");
    expectSameRows(rows, evaluate(rollingOracle, query, "UTC", docs), rollingOracle);
  });

  it("is counted from the end that an hour has by its name where the clock skips the next one", () => {
    const doc = { shop: "a", tags: [], size: 1, price: null, weight: null };
    // 23:30 to 01:30, and 03:30 half an hour after clocks show 03:00 instead of 02:00.
    const hours = [4, 5, 6, 7].map((hour) => Date.UTC(2012, 2, 11, hour, 30));
    const facts = hours.map((at, i) => projectFact(rolling, { ...doc, at, quantity: 10 ** i }));
    const query = normalize(
      {
        measures: ["sales.back"],
        timeDimensions: [
          { dimension: "sales.at", granularity: "hour", dateRange: ["2012-03-11", "2012-03-11"] },
        ],
      },
      "America/New_York",
    );
    const { rows } = answerFromFacts(rolling, query, "UTC", facts);
    const shown = rows.map((row) => [
      String(row["sales.at.hour"]).slice(11, 13),
      row["sales.back"],
    ]);
    expect(shown.slice(0, 4)).toEqual([
      ["00", 11],
      ["01", 111],
      ["03", 1100],
      ["04", 1000],
    ]);
  });

  it("shows the same from the tiles of each eligible rollup, plus the tail, and from a browser's table", async () => {
    const routes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        anySteps(40),
        fc.array(anyClosedQuery, { minLength: 4, maxLength: 8 }),
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 100 }),
        async (steps, queries, zone, foldedPercent) => {
          const { changes, facts } = play(rolling, steps);
          const end = Math.round((changes.length * foldedPercent) / 100);
          const table = new FactTable(rolling);
          facts.forEach((fact, i) => table.upsert(String(i), fact));
          const generations = Object.keys(rolling.rollups).map((rollup) => {
            const generation = generationOf(rolling, rollup, zone, 4);
            generation.fold(changes.slice(0, end));
            return generation;
          });
          for (const [i, json] of queries.entries()) {
            // Most tiles serve their own zone only.
            const query = normalize(i % 4 === 0 ? json : { ...json, timezone: zone });
            const expected = answerFromFacts(rolling, query, zone, facts);
            expect(answerFromFacts(rolling, query, zone, table.scan())).toEqual(expected);
            for (const generation of generations) {
              const { rollup } = generation;
              const candidate = { rollup, generation: 1, status: "ready" as const };
              const { plan } = planQuery({
                compiled: compileQuery(rolling, query),
                rollups: [candidate],
              });
              if (plan === null) continue;
              const answer = await answerFromTiles({
                compiled: compileQuery(rolling, query),
                plan,
                source: generation.source(facts),
                tail: new HeldTail(() => changes.slice(end)),
              });
              expect(answer).toEqual(expected);
              routes.set(rollup.name, (routes.get(rollup.name) ?? 0) + 1);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
    for (const rollup of ["totals", "byShop", "byTag", "byWeekday"]) {
      expect(routes.get(rollup) ?? 0, rollup).toBeGreaterThan(5);
    }
  });

  const sold = (at: string, quantity = 1) =>
    projectFact(rolling, { at: Date.parse(at), shop: "a", tags: [], size: 1, quantity, price: 1 });

  it("covers days of 23 and 25 hours whole, and goes on where nothing happens", () => {
    // Clocks in New York were set back on 4 November 2012 at 06:00Z.
    const facts = [
      sold("2012-11-03T03:59:59Z", 100),
      sold("2012-11-03T04:00:00Z", 1),
      sold("2012-11-05T04:59:59Z", 10),
    ];
    const cube = defineCube({
      ...(sales as CubeDefinition),
      measures: {
        ...sales.measures,
        twoDays: { type: "sum", field: "quantity", rollingWindow: { trailing: "2 day" } },
      },
    });
    const json = {
      measures: ["sales.twoDays"],
      timeDimensions: [
        { dimension: "sales.at", granularity: "day", dateRange: ["2012-11-03", "2012-11-07"] },
      ],
    };
    const query = normalizeQuery({ sales: cube }, json, { timezone: "America/New_York" });
    const { rows } = answerFromFacts(cube, query, "America/New_York", facts);
    expect(rows.map((row) => [row["sales.at.day"], row["sales.twoDays"]])).toEqual([
      ["2012-11-03T00:00:00.000", 101],
      ["2012-11-04T00:00:00.000", 11],
      ["2012-11-05T00:00:00.000", 10],
    ]);
  });

  it("ends where the range ends", () => {
    const facts = [sold("2012-05-03T12:00:00Z"), sold("2012-05-10T11:59:59.999Z")];
    const week = (to: string) => {
      const json = {
        measures: ["sales.week"],
        timeDimensions: [{ dimension: "sales.at", dateRange: ["2012-05-10", to] }],
      };
      return answerFromFacts(rolling, normalize(json), "UTC", facts).rows[0]?.["sales.week"];
    };
    expect(week("2012-05-10T11:59:59.999")).toBe(2);
    expect(week("2012-05-10T12:00:00.000")).toBe(1);
    expect(week("2012-05-10")).toBe(1);
    expect(week("2012-06-10")).toBe(0);
  });

  it("sums nothing but what is shown, so that no unseen sum overflows", () => {
    const large = 3_000_000_000;
    const facts = [1, 2, 3].map((day) => sold(`2012-05-0${day}T12:00:00Z`, large));
    const json = {
      measures: ["sales.soFar", "sales.deviation"],
      timeDimensions: [
        { dimension: "sales.at", granularity: "day", dateRange: ["2012-05-03", "2012-05-04"] },
      ],
    };
    const { rows } = answerFromFacts(rolling, normalize(json), "UTC", facts);
    expect(rows.map((row) => [row["sales.soFar"], row["sales.deviation"]])).toEqual([
      [3, 0],
      [3, null],
    ]);
  });

  it("reads the coarsest tiles that its ends allow, and no more history than it needs", () => {
    const segments = (measure: string, granularity: string) => {
      const json = {
        measures: [measure],
        timeDimensions: [
          { dimension: "sales.at", granularity, dateRange: ["2012-03-01", "2012-04-30"] },
        ],
      };
      const { rollup } = generationOf(rolling, "totals", "UTC");
      const candidate = { rollup, generation: 1, status: "ready" as const };
      const { plan } = planQuery({
        compiled: compileQuery(rolling, normalize(json)),
        rollups: [candidate],
      });
      const day = (t: number | null) => t && new Date(t).toISOString().slice(0, 10);
      return plan?.segments.map((segment) => [
        segment.kind === "tiles" ? segment.level.granularity : "facts",
        day(segment.from),
        day(segment.to),
      ]);
    };
    expect(segments("sales.month", "month")).toEqual([
      ["month", "2012-03-01", "2012-04-01"],
      ["month", "2012-04-01", "2012-05-01"],
    ]);
    expect(segments("sales.week", "day")).toEqual([
      ["day", "2012-02-24", "2012-03-02"],
      ["day", "2012-03-02", "2012-04-24"],
      ["day", "2012-04-24", "2012-05-01"],
    ]);
    expect(segments("sales.soFar", "month")).toEqual([
      ["month", null, "2012-04-01"],
      ["month", "2012-04-01", "2012-05-01"],
    ]);
  });

  it("is refused without the end of the range that it hangs on, and over another time", () => {
    fc.assert(
      fc.property(anyRollingQuery, (query) => {
        const error = errorOf(() => normalize(query));
        expect(error?.code).toBe(isOpenEnded(query) ? "UnsupportedQuery" : undefined);
        if (error !== null) expect(error.details.path).toBe("timeDimensions");
      }),
      { numRuns: 300 },
    );
    const cube = {
      ...(rolling as CubeDefinition),
      fields: { ...rolling.fields, paidAt: { type: "time" as const } },
      dimensions: {
        ...rolling.dimensions,
        paidAt: { type: "time" as const, field: "paidAt" },
      },
    };
    const json = {
      measures: ["sales.week"],
      timeDimensions: [{ dimension: "sales.paidAt", granularity: "day" }],
    };
    const error = errorOf(() => normalizeQuery({ sales: cube }, json, { timezone: "UTC" }));
    expect([error?.code, error?.details.path]).toEqual(["UnsupportedQuery", "timeDimensions"]);
  });

  it("is refused in a definition with every issue and its place", () => {
    const measure = (rollingWindow: unknown) => ({ type: "count", rollingWindow });
    const measures = {
      fine: measure({ trailing: "1 days", leading: "9999 years", offset: "start" }),
      none: measure({}),
      text: measure("7 day"),
      zero: measure({ trailing: "0 day", leading: "-1 day" }),
      units: measure({ trailing: "7 fortnight", leading: 7 }),
      compound: measure({ trailing: "1 month 2 day" }),
      offset: measure({ trailing: "7 day", offset: "middle" }),
      key: measure({ trailling: "7 day", leading: "1 day" }),
      distinct: {
        type: "countDistinct",
        dimension: "shop",
        rollingWindow: { trailing: "7 day" },
      },
      stock: { type: "level", field: "quantity", rollingWindow: { trailing: "7 day" } },
      share: { type: "ratio", numerator: "fine", denominator: "fine", rollingWindow: {} },
    };
    const wrong = { ...sales, measures, rollups: {} };
    const error = errorOf(() => defineCube(wrong as unknown as CubeDefinition));
    expect(error?.code).toBe("InvalidDefinition");
    const issues = error?.details.issues as { path: string; message: string }[];
    expect(issues.map(({ path }) => path.replace("sales.measures.", ""))).toEqual([
      "none.rollingWindow",
      "text.rollingWindow",
      "zero.rollingWindow.trailing",
      "zero.rollingWindow.leading",
      "units.rollingWindow.trailing",
      "units.rollingWindow.leading",
      "compound.rollingWindow.trailing",
      "offset.rollingWindow.offset",
      "key.rollingWindow.trailling",
      "distinct.rollingWindow",
      "stock.rollingWindow",
      "share.rollingWindow",
      "share.numerator",
      "share.denominator",
    ]);
    expect(issues.find(({ path }) => path.includes("trailling"))?.message).toContain(
      "did you mean trailing?",
    );
  });
});

describe("a sliding merge", () => {
  it("is the merge of what lies in the window, none of it taken out again", () => {
    const moves = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 })), { maxLength: 30 });
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 40 })), moves, (times, steps) => {
        const entries = times.sort((a, b) => a - b).map((at) => ({ at, state: [at] }));
        const sliding = new SlidingMerge(entries, (a: number[] | null, b) => [...(a ?? []), ...b]);
        let [from, to] = [0, 0];
        for (const [low, high] of steps) {
          from += low;
          to = Math.max(to + high, from);
          const inside = times.filter((at) => at >= from && at < to);
          const merged = sliding.moveTo(from, to);
          expect(merged?.slice().sort((a, b) => a - b) ?? []).toEqual(inside);
        }
      }),
    );
  });

  it("sums no more than a window holds", () => {
    const entries = [1, 2, 3, 4].map((at) => ({ at, state: 2 ** 40 }));
    let largest = 0;
    const sliding = new SlidingMerge(entries, (a: number | null, b) => {
      largest = Math.max(largest, (a ?? 0) + b);
      return (a ?? 0) + b;
    });
    for (const at of [1, 2, 3, 4]) sliding.moveTo(at, at + 2);
    expect(largest).toBe(2 ** 41);
  });
});
