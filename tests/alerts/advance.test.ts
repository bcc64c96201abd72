/** Alerts without a backend: when they begin, when they are over, and how often they are told. */
import { describe, expect, test } from "vitest";
import { advance, type Alert, type Condition, type Notice } from "../../lib/alerts/alert.js";
import { freshnessLevel } from "../../lib/alerts/freshness.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const T0 = 1_700_000_000_000;
const times = { holdMs: MINUTE, clearMs: 5 * MINUTE, perHour: 4, recheckMs: HOUR };

const about = (kind: Condition["kind"], warn: number | null, error: number | null): Condition => ({
  ...{ kind, cube: "watch", rollup: "totals", warn, error, ageMs: null },
  message: "watch.totals: something is wrong",
});

/** Tells alerts at one time after the other, and keeps what they say. */
class Told {
  alerts: Alert[] = [];
  nextAt: number | null = null;

  at(seconds: number, conditions: Condition[], room?: number): string[] {
    const now = T0 + seconds * SECOND;
    const { alerts, notices, nextAt } = advance(this.alerts, conditions, now, times, room);
    this.alerts = JSON.parse(JSON.stringify(alerts)) as Alert[];
    this.nextAt = nextAt === null ? null : (nextAt - T0) / SECOND;
    return notices.map(
      (one: Notice) => `${one.previous}→${one.state} since ${(one.since - T0) / SECOND}`,
    );
  }
}

const behind = (warn: number | null, error: number | null = null) => [
  about(
    "freshness",
    warn === null ? null : T0 + warn * SECOND,
    error === null ? null : T0 + error * SECOND,
  ),
];

describe("a rollup that is behind", () => {
  test("is told after it was so for a while, once, as an error once it is one, and as over after it was well for a while", () => {
    const told = new Told();
    expect(told.at(0, behind(null))).toEqual([]);
    expect(told.alerts).toEqual([]);
    expect(told.at(10, behind(0))).toEqual([]);
    expect(told.nextAt).toBe(60);
    expect(told.at(60, behind(0))).toEqual(["ok→warn since 0"]);
    expect(told.at(61, behind(0))).toEqual([]);
    expect(told.at(100, behind(0, 90))).toEqual([]);
    expect(told.at(150, behind(0, 90))).toEqual(["warn→error since 90"]);
    expect(told.at(200, behind(null))).toEqual([]);
    expect(told.nextAt).toBe(500);
    expect(told.at(499, behind(null))).toEqual([]);
    expect(told.at(500, behind(null))).toEqual(["error→ok since 200"]);
    expect(told.alerts).toHaveLength(1);
    expect(told.at(500 + 3600, [])).toEqual([]);
    expect(told.alerts).toEqual([]);
  });

  test("is told at once where nobody looked while it became so, and as what it is by then", () => {
    expect(new Told().at(700, behind(0, 540))).toEqual(["ok→error since 540"]);
    expect(new Told().at(700, behind(0, 690))).toEqual(["ok→warn since 0"]);
  });

  test("and well again before the while is over is not told", () => {
    const told = new Told();
    told.at(10, behind(0));
    expect(told.at(50, behind(null))).toEqual([]);
    expect(told.alerts).toEqual([]);
    expect(told.at(70, behind(60))).toEqual([]);
    expect(told.at(119, behind(60))).toEqual([]);
  });

  test("and behind again before it was well for long is not told as over", () => {
    const told = new Told();
    told.at(60, behind(0));
    told.at(70, behind(null));
    told.at(300, behind(290));
    expect(told.at(590, behind(null))).toEqual([]);
    expect(told.at(889, behind(null))).toEqual([]);
    expect(told.at(890, behind(null))).toEqual(["warn→ok since 590"]);
  });

  test("that falls back from an error to a warning is told so, after a while", () => {
    const told = new Told();
    told.at(700, behind(0, 600));
    expect(told.at(710, behind(0))).toEqual([]);
    expect(told.at(1010, behind(0))).toEqual(["error→warn since 710"]);
  });

  test("and that fails stays as it was told: its failure is an alert of its own", () => {
    const told = new Told();
    told.at(60, behind(0));
    const failed = [
      { ...behind(null)[0]!, isUnknown: true },
      about("failed", T0 + 65 * SECOND, T0 + 65 * SECOND),
    ];
    expect(told.at(65, failed)).toEqual(["ok→error since 65"]);
    expect(told.at(6500, failed)).toEqual([]);
    expect(told.alerts.map(({ kind, told }) => `${kind} ${told}`)).toEqual([
      "failed error",
      "freshness warn",
    ]);
  });
});

test.each(["failed", "drift", "rollback", "budget"] as const)("%s is told at once", (kind) => {
  const told = new Told();
  expect(told.at(0, [about(kind, T0, T0)])).toEqual(["ok→error since 0"]);
  expect(told.nextAt).toBe(3600);
});

test("a standstill is told after a while", () => {
  const told = new Told();
  expect(told.at(0, [about("standstill", T0, T0)])).toEqual([]);
  expect(told.at(60, [about("standstill", T0, T0)])).toEqual(["ok→error since 0"]);
});

test("what comes and goes is told four times an hour, and as it is when the hour is over", () => {
  const told = new Told();
  const seen: string[] = [];
  for (let at = 0; at < 7000; at += 350) {
    const failed = about("failed", T0 + at * SECOND, T0 + at * SECOND);
    for (const [later, conditions] of [
      [0, [failed]],
      [1, []],
      [301, []],
    ] as const) {
      const words = told.at(at + later, [...conditions]);
      seen.push(...words.map((one) => `${at + later} ${one.split(" ")[0]}`));
    }
  }
  expect(seen).toEqual([
    ...["0 ok→error", "301 error→ok", "350 ok→error", "651 error→ok"],
    ...["3850 ok→error", "4151 error→ok", "4200 ok→error", "4501 error→ok"],
  ]);
  // What could not be told is: it is an error by now.
  expect(told.at(7000, [about("failed", T0, T0)])).toEqual([]);
  expect(told.nextAt).toBe(3850 + 3600);
  expect(told.at(7450, [about("failed", T0, T0)])).toHaveLength(1);
});

test("what finds no room is told later", () => {
  const told = new Told();
  const two = [about("failed", T0, T0), about("drift", T0, null)];
  expect(told.at(0, two, 1)).toEqual(["ok→warn since 0"]);
  expect(told.nextAt).toBe(3600);
  expect(told.at(10, two, 0)).toEqual([]);
  expect(told.at(3600, two, 5)).toEqual(["ok→error since 0"]);
});

test("an age is judged by the target, and since when is told by it", () => {
  const target = { warn: 60 * SECOND, error: 600 * SECOND };
  expect(freshnessLevel(target, 59_999, T0)).toEqual({ state: "ok", since: null });
  expect(freshnessLevel(target, 90_000, T0)).toEqual({ state: "warn", since: T0 - 30_000 });
  expect(freshnessLevel(target, 600_000, T0)).toEqual({ state: "error", since: T0 });
  expect(freshnessLevel({ error: 600 * SECOND }, 90_000, T0).state).toBe("ok");
});
