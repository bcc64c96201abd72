/**
 * Clocks walked step by step, with Intl alone to say what they show: where buckets of an app's own
 * granularities begin, and whether buckets of one zone are made of another's wherever that is said
 * without a look at them. Above all at the changes of either clock, which random instants rarely hit.
 */
import { describe, expect, it } from "vitest";
import { customGranularity } from "../../lib/model/granularities.js";
import type { GranularityDefinition } from "../../lib/model/cube.js";
import { bucketLabel, bucketStart, nextBucket } from "../../lib/time/calendar.js";
import { DAY_MS, HOUR_MS } from "../../lib/time/civil.js";
import { grainOf } from "../../lib/time/customGranularity.js";
import type { Granularity } from "../../lib/time/granularity.js";
import { COMPARED_FROM, COMPARED_TO, zoneDifference } from "../../lib/time/zoneDifference.js";
import { wallText } from "./oracle/clock.js";

const QUARTER_MS = HOUR_MS / 4;

/** Clocks set at midnight, over a whole date, by half an hour, and by hours at odd times. */
const walked = [
  ...["America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia"],
  ...["Asia/Amman", "Antarctica/Casey"],
];
const [walkFrom, walkTo] = [Date.UTC(2010, 8, 1, 12), Date.UTC(2012, 3, 20)];

const definitions: GranularityDefinition[] = [
  { interval: "1 day", origin: "2001-01-01" },
  { interval: "1 day", origin: "2001-01-01T00:15" },
  { interval: "1 day", origin: "2001-01-01T23:45" },
  { interval: "3 days", origin: "2010-05-05T02:30" },
  { interval: "2 weeks", origin: "2012-01-04" },
  { interval: "1 month", origin: "2012-01-31" },
  { interval: "1 month", origin: "2012-01-30T00:30" },
  { interval: "5 months", origin: "2011-12-31T01:15" },
  { interval: "1 quarter", origin: "2003-05-01" },
  { interval: "3 years", origin: "2012-02-29" },
];

/** All boundaries near the walk, as clocks show them: each counted from the origin by itself. */
function boundariesOf({ interval, origin = "" }: GranularityDefinition): string[] {
  const [count, unit] = interval.replace(/s$/, "").split(" ") as [string, string];
  const start = new Date(`${origin.length === 10 ? `${origin}T00:00` : origin}Z`);
  const months = { month: 1, quarter: 3, year: 12 }[unit];
  const all: string[] = [];
  for (let k = -4000; k < 4500; k++) {
    const by = k * Number(count);
    const at = new Date(start);
    if (months === undefined) at.setUTCDate(at.getUTCDate() + by * (unit === "week" ? 7 : 1));
    else {
      at.setUTCMonth(at.getUTCMonth() + by * months, 1);
      const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
      at.setUTCDate(Math.min(start.getUTCDate(), last));
    }
    if (at.getTime() < walkFrom - 400 * DAY_MS || at.getTime() > walkTo + 400 * DAY_MS) continue;
    all.push(at.toISOString().slice(0, 23));
  }
  return all.sort();
}

/** Where the clock first shows each boundary, or a later time; of boundaries at one instant the last. */
function startsOf(boundaries: readonly string[], walk: readonly { t: number; latest: string }[]) {
  const starts: { t: number; label: string }[] = [];
  let next = boundaries.findIndex((boundary) => boundary > walk[0]!.latest);
  for (const { t, latest } of walk) {
    for (; next < boundaries.length && boundaries[next]! <= latest; next++) {
      if (starts.at(-1)?.t === t) starts.pop();
      starts.push({ t, label: boundaries[next]! });
    }
  }
  return starts;
}

describe("a bucket of days or longer", () => {
  it.each(walked)(
    "begins in %s with the first instant that shows its boundary, or follows",
    (zone) => {
      const walk: { t: number; latest: string }[] = [];
      for (let t = walkFrom; t < walkTo; t += QUARTER_MS) {
        const [now, before] = [wallText(zone, t), walk.at(-1)?.latest ?? ""];
        walk.push({ t, latest: now > before ? now : before });
      }
      for (const definition of definitions) {
        const granularity = customGranularity("own", definition);
        const starts = startsOf(boundariesOf(definition), walk);
        expect(starts.length, definition.interval).toBeGreaterThan(0);
        let at = starts[0]!.t;
        for (const { t, label } of starts) {
          const where = `${definition.interval} from ${definition.origin} at ${label}`;
          expect(at, where).toBe(t);
          expect(bucketStart(granularity, zone, t), where).toBe(t);
          expect(bucketLabel(granularity, zone, t), where).toBe(label);
          expect(bucketStart(grainOf(granularity), zone, t), where).toBe(t);
          at = nextBucket(granularity, zone, t);
        }
        const labels = starts.map(({ label }) => label);
        expect(labels).toEqual([...new Set(labels)].sort());
      }
    },
  );
});

describe("buckets of one zone", () => {
  const zones = [
    ...["UTC", "Europe/Berlin", "Europe/Vienna", "Europe/Dublin", "Africa/Casablanca"],
    ...["America/New_York", "America/St_Johns", "America/Goose_Bay", "America/Sao_Paulo"],
    ...["America/Havana", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu"],
    ...["Asia/Singapore", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll"],
  ];

  /** Hours at which one of the clocks was set, to the hour before and after, and some others. */
  const changesOf = (zone: string) => {
    const found: number[] = [];
    const offset = (t: number) => Date.parse(`${wallText(zone, t)}Z`) - t;
    const step = 14 * DAY_MS;
    let [low, before] = [COMPARED_FROM, offset(COMPARED_FROM)];
    for (; low < COMPARED_TO; low += step) {
      const after = offset(low + step);
      if (after === before) continue;
      let [from, to] = [low, low + step];
      while (to - from > 60_000) {
        const middle = from + Math.floor((to - from) / 120_000) * 60_000;
        if (offset(middle) === before) from = middle;
        else to = middle;
      }
      found.push(to);
      before = after;
    }
    return found;
  };

  it("are made of those of another wherever their clocks say so, at every change of either", () => {
    const changes = new Map(zones.map((zone) => [zone, changesOf(zone)]));
    let claims = 0;
    const check = (a: string, b: string, level: Granularity, asked: readonly Granularity[]) => {
      claims++;
      const near = [...changes.get(a)!, ...changes.get(b)!].flatMap((t) =>
        [-24, -1, -0.5, 0, 0.5, 1, 24].map((hours) => t + hours * HOUR_MS),
      );
      for (const t of near) {
        const start = bucketStart(level, b, t);
        if (start < COMPARED_FROM || start >= COMPARED_TO - 366 * DAY_MS) continue;
        const last = nextBucket(level, b, start) - 1;
        for (const granularity of asked) {
          if (bucketStart(granularity, a, start) === bucketStart(granularity, a, last)) continue;
          throw new Error(`${level} of ${b} at ${t} straddles a ${granularity} of ${a}`);
        }
      }
    };
    for (const a of zones) {
      for (const b of zones) {
        const { dates, hours } = zoneDifference(a, b);
        if (dates % HOUR_MS === 0) check(a, b, "hour", ["day", "week", "month", "year"]);
        if (hours % HOUR_MS === 0) check(a, b, "hour", ["hour"]);
        if (dates % QUARTER_MS === 0) check(a, b, "quarterHour", ["day", "week", "month"]);
        if (hours % QUARTER_MS === 0) check(a, b, "quarterHour", ["hour", "quarterHour"]);
        if (dates === 0) check(a, b, "month", ["month", "year"]);
      }
    }
    expect(claims).toBeGreaterThan(zones.length ** 2);
  });
});
