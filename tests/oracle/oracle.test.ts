/** The oracle against answers worked out by hand: who checks others is checked first. */
import { describe, expect, test } from "vitest";
import { answer } from "./answer.js";
import { bucketOf, bucketsBetween, hourOf, wallClock, weekdayOf } from "./calendar.js";
import { inventory, watch, type StockRow, type WatchRow } from "./cubes.js";
import { toAverage, toNumber, toUnits } from "./decimal.js";

const at = Date.UTC;

function view(watchedAt: number, row: Partial<WatchRow> = {}): WatchRow {
  const base = { videoId: "v", title: "V", channel: "c", category: "Film", viewer: "ann" };
  return { ...base, topics: ["Drama"], durationSeconds: 60, watchedAt, ...row };
}

function move(occurredAt: number, quantity: number, row: Partial<StockRow> = {}): StockRow {
  const base = { product: "p", category: "A", warehouse: "North", kind: "receipt" };
  return { ...base, quantity, unitCost: 0.1, occurredAt, ...row };
}

describe("calendar", () => {
  test("a wall clock in a zone, on both sides of a change of the clock", () => {
    const before = at(2012, 2, 11, 6, 59, 59, 250);
    expect(wallClock("America/New_York", before)).toBe("2012-03-11T01:59:59.250");
    expect(wallClock("America/New_York", before + 750)).toBe("2012-03-11T03:00:00.000");
    expect(hourOf("Asia/Kolkata", at(2012, 0, 1, 0, 0))).toBe(5);
  });

  test("weeks begin on Monday and cross years", () => {
    expect(bucketOf("week", "UTC", at(2012, 0, 1))).toBe("2011-12-26T00:00:00.000");
    expect(bucketOf("week", "UTC", at(2012, 0, 2))).toBe("2012-01-02T00:00:00.000");
    expect(weekdayOf("UTC", at(2012, 0, 1))).toBe(7);
  });

  test("the larger buckets of one instant", () => {
    const t = at(2012, 7, 31, 23, 30);
    const names = (["hour", "day", "month", "quarter", "year"] as const).map((bucket) =>
      bucketOf(bucket, "Europe/Berlin", t),
    );
    expect(names).toEqual([
      "2012-09-01T01:00:00.000",
      "2012-09-01T00:00:00.000",
      "2012-09-01T00:00:00.000",
      "2012-07-01T00:00:00.000",
      "2012-01-01T00:00:00.000",
    ]);
  });

  test("all months between two dates", () => {
    expect(bucketsBetween("month", "2011-11-30", "2012-01-01").map((n) => n.slice(0, 7))).toEqual([
      "2011-11",
      "2011-12",
      "2012-01",
    ]);
  });
});

describe("decimals", () => {
  test("units are exact where doubles are not", () => {
    expect(toUnits(0.1, 4) + toUnits(0.2, 4)).toBe(toUnits(0.3, 4));
    expect(toNumber(-12345n, 4)).toBe(-1.2345);
    expect(() => toUnits(0.12345, 4)).toThrow("more than 4 places");
  });

  test("an average is the nearest double", () => {
    expect(toAverage(10n, 3, 0)).toBe(10 / 3);
    expect(toAverage(-1n, 8, 3)).toBe(-0.000125);
    expect(toAverage(2n ** 53n + 1n, 1, 0)).toBe(2 ** 53);
  });
});

describe("answers", () => {
  const march = at(2012, 2, 5, 12);
  const views = [
    view(march, { topics: ["Drama", "War"], viewer: "ann", durationSeconds: 1.5 }),
    view(march + 86_400_000, { topics: ["War"], viewer: "bob", durationSeconds: 0.25 }),
    view(at(2012, 3, 1), { topics: [], viewer: "ann", durationSeconds: 10 }),
  ];

  test("a record counts once under each topic and once in totals", () => {
    const byTopic = answer(watch, views, {
      measures: ["watch.count"],
      dimensions: ["watch.topic"],
    });
    expect(byTopic).toEqual([
      { "watch.topic": "War", "watch.count": 2 },
      { "watch.topic": "Drama", "watch.count": 1 },
      { "watch.topic": null, "watch.count": 1 },
    ]);
    expect(answer(watch, views, { measures: ["watch.count"] })).toEqual([{ "watch.count": 3 }]);
  });

  test("measures by month, with both ends of the range included", () => {
    const measures = ["count", "durationSeconds", "averageDuration", "shortest", "viewers"];
    const rows = answer(watch, views, {
      measures: measures.map((name) => `watch.${name}`),
      timeDimensions: [
        {
          dimension: "watch.watchedAt",
          granularity: "month",
          dateRange: ["2012-03-05", "2012-03-06"],
        },
      ],
    });
    expect(rows).toEqual([
      {
        "watch.watchedAt.month": "2012-03-01T00:00:00.000",
        "watch.count": 2,
        "watch.durationSeconds": 1.75,
        "watch.averageDuration": 0.875,
        "watch.shortest": 0.25,
        "watch.viewers": 2,
      },
    ]);
  });

  test("a filter on topic chooses records, or topics where it is grouped by", () => {
    const filters = [{ member: "watch.topic", operator: "equals" as const, values: ["War"] }];
    const measures = ["watch.count"];
    expect(answer(watch, views, { measures, filters })).toEqual([{ "watch.count": 2 }]);
    expect(answer(watch, views, { measures, filters, dimensions: ["watch.topic"] })).toEqual([
      { "watch.topic": "War", "watch.count": 2 },
    ]);
  });

  test("stock on hand is carried through months without movements", () => {
    const moves = [
      move(at(2012, 0, 15), 10),
      move(at(2012, 2, 1), -4),
      move(at(2012, 1, 9), 7, { warehouse: "South" }),
    ];
    const rows = answer(inventory, moves, {
      measures: ["inventory.onHand", "inventory.count"],
      dimensions: ["inventory.warehouse"],
      timeDimensions: [
        {
          dimension: "inventory.occurredAt",
          granularity: "month",
          dateRange: ["2012-02-01", "2012-04-30"],
        },
      ],
    });
    const short = rows.map((row) => [
      row["inventory.occurredAt.month"]?.toString().slice(0, 7),
      row["inventory.warehouse"],
      row["inventory.onHand"],
      row["inventory.count"],
    ]);
    expect(short).toEqual([
      ["2012-02", "North", 10, 0],
      ["2012-02", "South", 7, 1],
      ["2012-03", "North", 6, 1],
      ["2012-03", "South", 7, 0],
      ["2012-04", "North", 6, 0],
      ["2012-04", "South", 7, 0],
    ]);
  });

  test("counts of nothing are 0, everything else of nothing is null", () => {
    expect(
      answer(inventory, [], {
        measures: ["inventory.count", "inventory.value", "inventory.onHand"],
      }),
    ).toEqual([{ "inventory.count": 0, "inventory.value": null, "inventory.onHand": null }]);
  });

  test("quantiles are values that occur, the lower one where two are as good", () => {
    const views = [30, 10, 20, 40].map((durationSeconds) => view(march, { durationSeconds }));
    const measures = ["watch.medianDuration", "watch.p95Duration", "watch.viewersApprox"];
    expect(answer(watch, views, { measures })).toEqual([
      { "watch.medianDuration": 20, "watch.p95Duration": 30, "watch.viewersApprox": 1 },
    ]);
    expect(answer(watch, [], { measures })).toEqual([
      { "watch.medianDuration": null, "watch.p95Duration": null, "watch.viewersApprox": 0 },
    ]);
  });

  test("value is the exact sum of quantity times cost", () => {
    const moves = Array.from({ length: 10 }, () => move(march, 3));
    expect(answer(inventory, moves, { measures: ["inventory.value"] })).toEqual([
      { "inventory.value": 3 },
    ]);
  });
});
