import { describe, expect, it } from "vitest";
import { nextRunMs } from "../../local/scheduler/cronTime.js";
import { DueQueue } from "../../local/scheduler/dueQueue.js";

const at = (iso: string) => Date.parse(`${iso}Z`);
const next = (schedule: Record<string, unknown>, after: string) =>
  new Date(nextRunMs(schedule, "name", at(after))).toISOString().slice(0, 16);

describe("the next run of a cron", () => {
  it("follows the schedule, strictly after the given time", () => {
    const daily = { type: "daily", hourUTC: 3, minuteUTC: 17 };
    expect(next(daily, "2026-01-01T03:16:59")).toBe("2026-01-01T03:17");
    expect(next(daily, "2026-01-01T03:17:00")).toBe("2026-01-02T03:17");
    expect(next({ type: "hourly", minuteUTC: 5 }, "2026-01-01T23:30")).toBe("2026-01-02T00:05");
    const weekly = { type: "weekly", dayOfWeek: "tuesday", hourUTC: 0, minuteUTC: 0 };
    expect(next(weekly, "2026-01-01T00:00")).toBe("2026-01-06T00:00");
    const monthly = { type: "monthly", day: 31, hourUTC: 12, minuteUTC: 0 };
    expect(next(monthly, "2026-01-31T12:00")).toBe("2026-03-31T12:00");
  });

  it("reads cron expressions with lists, ranges, steps and names", () => {
    const cron = (expression: string) => ({ type: "cron", cron: expression });
    expect(next(cron("*/15 * * * *"), "2026-01-01T00:01")).toBe("2026-01-01T00:15");
    expect(next(cron("0 9-17 * * mon-fri"), "2026-01-02T17:00")).toBe("2026-01-05T09:00");
    expect(next(cron("30 4 1,15 * *"), "2026-01-02T00:00")).toBe("2026-01-15T04:30");
    expect(next(cron("0 0 29 feb *"), "2026-01-01T00:00")).toBe("2028-02-29T00:00");
    expect(() => next(cron("61 * * * *"), "2026-01-01T00:00")).toThrow("Invalid cron field");
  });

  it("counts an interval from the time given", () => {
    expect(nextRunMs({ type: "interval", seconds: 90 }, "name", 1000)).toBe(91_000);
  });
});

describe("the due queue", () => {
  it("hands out by time, then in order of arrival, and nothing early", () => {
    const queue = new DueQueue<string>();
    for (const [due, value] of [
      [30, "c"],
      [10, "a1"],
      [20, "b"],
      [10, "a2"],
    ] as const)
      queue.push(due, value);
    expect(queue.takeDue(5)).toBeNull();
    const taken: (string | null)[] = [];
    while (queue.nextDueMs !== null && queue.nextDueMs <= 20) taken.push(queue.takeDue(20));
    expect(taken).toEqual(["a1", "a2", "b"]);
    expect(queue.size).toBe(1);
  });
});
