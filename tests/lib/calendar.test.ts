/** Calendar buckets against Intl asked instant by instant, and the clock changes that break naive code. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  TIME_MAX,
  TIME_MIN,
  bucketLabel,
  bucketStart,
  divides,
  firstInstantOf,
  instantOf,
  nextBucket,
  parseWall,
  partitionSlots,
  wallClock,
} from "../../lib/time/calendar.js";
import { hourOfDay, weekday } from "../../lib/time/clock.js";
import { granularities } from "../../lib/time/granularity.js";
import { ZoneTable, isZone, sameZone } from "../../lib/time/zone.js";
import { codeOf } from "./fixtures/codeOf.js";
import { truncated, wallAt, wallText, weekdayOf } from "./oracle/clock.js";

const zones = [
  ...["UTC", "America/New_York", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"],
  ...["Europe/Berlin", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Chatham"],
  ...["America/Havana", "Antarctica/Troll", "Europe/Dublin", "Asia/Tehran"],
];

// From 2012 on no zone of the list repeats a midnight that it has already shown.
const times = fc.integer({ min: Date.UTC(2012, 0, 1), max: Date.UTC(2037, 0, 1) });

describe("a bucket", () => {
  it("has the name that the wall clock, truncated, has at every instant in it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), times, (zone, t) => {
        const wall = wallAt(zone, t);
        expect(wallClock(zone, t)).toBe(wallText(zone, t));
        expect(hourOfDay(zone, t)).toBe(wall.hour);
        expect(weekday(zone, t)).toBe(weekdayOf(wall));
        for (const granularity of granularities) {
          const start = bucketStart(granularity, zone, t);
          expect(bucketLabel(granularity, zone, start)).toBe(truncated(granularity, wall));
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("holds an instant between its start and the next one's, and starts itself", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2060, 0, 1) }),
        fc.constantFrom(...granularities),
        (zone, t, granularity) => {
          const start = bucketStart(granularity, zone, t);
          const next = nextBucket(granularity, zone, start);
          expect(start).toBeLessThanOrEqual(t);
          expect(next).toBeGreaterThan(t);
          expect(bucketStart(granularity, zone, start)).toBe(start);
          expect(bucketStart(granularity, zone, next - 1)).toBe(start);
          expect(bucketStart(granularity, zone, next)).toBe(next);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("is made of whole finer buckets wherever one granularity divides another", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), times, (zone, t) => {
        for (const coarse of granularities) {
          const start = bucketStart(coarse, zone, t);
          for (const fine of granularities) {
            if (divides(fine, coarse)) expect(bucketStart(fine, zone, start)).toBe(start);
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(divides("week", "month")).toBe(false);
    expect(divides("month", "week")).toBe(false);
    expect(divides("day", "week")).toBe(true);
  });
});

describe("a day", () => {
  const hours = (zone: string, date: string) =>
    partitionSlots("hour", "day", zone, bucketStart("day", zone, instantOf(zone, `${date}T12:00`)));

  it("has 23 hours when the clock is set forward and 25 when it is set back", () => {
    expect(hours("America/New_York", "2012-03-10")).toHaveLength(24);
    expect(hours("America/New_York", "2012-03-11")).toHaveLength(23);
    expect(hours("America/New_York", "2012-11-04")).toHaveLength(25);
    const labels = hours("America/New_York", "2012-11-04").map((start) =>
      bucketLabel("hour", "America/New_York", start).slice(11, 13),
    );
    expect(labels.slice(0, 4)).toEqual(["00", "01", "01", "02"]);
  });

  it("has 24 hours, one of them half as long, where the clock moves by half an hour", () => {
    const zone = "Australia/Lord_Howe";
    const forward = hours(zone, "2012-10-07");
    expect(forward).toHaveLength(24);
    expect(lengths(zone, forward).filter((minutes) => minutes !== 60)).toEqual([30]);
    expect(bucketLabel("hour", zone, forward[2]!)).toBe("2012-10-07T02:00:00.000");
    const back = hours(zone, "2012-04-01");
    expect(back).toHaveLength(25);
    expect(lengths(zone, back).filter((minutes) => minutes !== 60)).toEqual([30]);
    expect(back.slice(1, 3).map((start) => wallClock(zone, start).slice(11, 16))).toEqual([
      "01:00",
      "01:30",
    ]);
  });

  it("begins where its date first shows: after a skipped midnight, before a repeated one", () => {
    const brazil = "America/Sao_Paulo";
    const skipped = bucketStart("day", brazil, instantOf(brazil, "2017-10-15T12:00"));
    expect(wallClock(brazil, skipped)).toBe("2017-10-15T01:00:00.000");
    expect(bucketLabel("day", brazil, skipped)).toBe("2017-10-15T00:00:00.000");
    const cuba = "America/Havana";
    expect(hours(cuba, "2012-11-04")).toHaveLength(25);
    // 00:01 back to 23:01 of the day before: the date's first minute comes an hour early.
    const newfoundland = "America/St_Johns";
    const day = hours(newfoundland, "2009-11-01");
    expect(day.slice(0, 3).map((start) => wallClock(newfoundland, start).slice(5, 16))).toEqual([
      "11-01T00:00",
      "10-31T23:01",
      "11-01T00:00",
    ]);
    expect(hours(newfoundland, "2009-10-31")).toHaveLength(24);
    for (const minutes of [0, 0.5, 1, 30, 61, 1439]) {
      expect(bucketStart("day", newfoundland, day[0]! + minutes * 60_000)).toBe(day[0]);
      expect(bucketStart("month", newfoundland, day[0]! + minutes * 60_000)).toBe(day[0]);
    }
  });

  it("does not exist where a zone skips it", () => {
    const apia = "Pacific/Apia";
    const december = bucketStart("month", apia, instantOf(apia, "2011-12-10"));
    const days = partitionSlots("day", "month", apia, december);
    expect(days).toHaveLength(30);
    expect(days.map((start) => bucketLabel("day", apia, start).slice(8, 10)).slice(-3)).toEqual([
      "28",
      "29",
      "31",
    ]);
  });

  it("starts at local midnight with quarter and half hours of offset", () => {
    for (const [zone, utc] of [
      ["Asia/Kathmandu", "18:15"],
      ["America/St_Johns", "03:30"],
    ] as const) {
      const start = bucketStart("day", zone, Date.UTC(2012, 0, 15, 12));
      expect(new Date(start).toISOString().slice(11, 16)).toBe(utc);
      expect(partitionSlots("hour", "day", zone, start)).toHaveLength(24);
    }
  });
});

describe("an ISO week", () => {
  it("crosses year ends", () => {
    const weekOf = (date: string) =>
      bucketLabel("week", "UTC", bucketStart("week", "UTC", Date.parse(`${date}T12:00Z`))).slice(
        0,
        10,
      );
    expect(weekOf("2012-12-31")).toBe("2012-12-31");
    expect(weekOf("2013-01-06")).toBe("2012-12-31");
    expect(weekOf("2011-01-02")).toBe("2010-12-27");
    expect(weekOf("2009-01-01")).toBe("2008-12-29");
    expect(weekOf("2010-01-03")).toBe("2009-12-28");
  });
});

describe("an instant of a wall clock time", () => {
  it("shows that time, and is the earlier one where there are two", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), times, (zone, t) => {
        const shown = wallText(zone, t);
        const found = instantOf(zone, shown);
        expect(wallText(zone, found)).toBe(shown);
        expect(found).toBeLessThanOrEqual(t);
      }),
      { numRuns: 1500 },
    );
    const zone = "America/New_York";
    expect(new Date(instantOf(zone, "2012-11-04T01:30")).toISOString()).toBe(
      "2012-11-04T05:30:00.000Z",
    );
  });

  it("lies later by the gap where the clock skips it, and a range starts where the gap ends", () => {
    const zone = "America/New_York";
    expect(wallClock(zone, instantOf(zone, "2012-03-11T02:30"))).toBe("2012-03-11T03:30:00.000");
    const first = firstInstantOf(zone, parseWall("2012-03-11T02:30")!);
    expect(wallClock(zone, first)).toBe("2012-03-11T03:00:00.000");
  });

  it("is refused by name where there is no such date", () => {
    for (const text of [
      "2012-02-30",
      "2013-02-29",
      "2012-13-01",
      "12-01-01",
      "2012-01-01T24:00",
      "",
    ]) {
      expect(
        codeOf(() => instantOf("UTC", text)),
        text,
      ).toBe("InvalidTime");
    }
    expect(instantOf("UTC", "2012-02-29T23:59:59.9")).toBe(Date.UTC(2012, 1, 29, 23, 59, 59, 900));
  });
});

describe("limits", () => {
  it("of time are refused by name, and reached", () => {
    for (const t of [TIME_MIN, TIME_MAX - 1]) {
      for (const granularity of granularities) {
        for (const zone of zones) {
          const start = bucketStart(granularity, zone, t);
          expect(nextBucket(granularity, zone, start)).toBeGreaterThan(t);
        }
      }
    }
    for (const t of [Number.NaN, Infinity, -1e15, 1e15]) {
      expect(codeOf(() => bucketStart("day", "UTC", t))).toBe("TimeOutOfRange");
    }
  });

  it("of zones: names only, in any case, aliases being the same zone", () => {
    expect(isZone("Europe/Berlin")).toBe(true);
    for (const name of ["Europe/Berlim", "+02:00", "", "constructor", "Europe/Berlin "]) {
      expect(isZone(name), name).toBe(false);
    }
    expect(sameZone("Asia/Calcutta", "Asia/Kolkata")).toBe(true);
    expect(sameZone("UTC", "Etc/UTC")).toBe(true);
    expect(sameZone("Europe/Berlin", "Europe/Paris")).toBe(false);
    expect(codeOf(() => bucketStart("day", "Mars/Base", 0))).toBe("UnknownZone");
  });
});

describe("offset tables", () => {
  it("find every change that asking Intl about each hour finds, even suspended summer time", () => {
    for (const [zone, year] of [
      ["Africa/Casablanca", 2012],
      ["Africa/Cairo", 2010],
      ["Africa/Cairo", 2014],
      ["Asia/Gaza", 2011],
      ["Antarctica/Troll", 2012],
      ["Europe/London", 1947],
    ] as const) {
      const table = new ZoneTable(zone);
      const from = Date.UTC(year, 0, 1);
      const to = Date.UTC(year + 1, 0, 1);
      const offset = (t: number) => Date.parse(`${wallText(zone, t)}Z`) - t;
      const expected: number[] = [];
      for (let t = from + 3_600_000; t <= to; t += 3_600_000) {
        if (offset(t) !== offset(t - 3_600_000)) expected.push(t);
      }
      // Some changes happen a minute past the hour.
      const found = table.changesBetween(from, to);
      expect(found.map(({ start }) => Math.ceil(start / 3_600_000) * 3_600_000)).toEqual(expected);
      expect(expected.length, zone).toBeGreaterThan(1);
    }
  });
});

function lengths(zone: string, starts: readonly number[]): number[] {
  return starts.map((start) => (nextBucket("hour", zone, start) - start) / 60_000);
}
