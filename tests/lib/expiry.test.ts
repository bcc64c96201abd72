/** Records that expire: what stays counted, where the source ends, and who is refused. */
import { describe, expect, test } from "vitest";
import { DeltaBatch } from "../../lib/fold/deltas.js";
import { defineCube } from "../../lib/resolve/defineCube.js";
import { projectFact } from "../../lib/model/fact.js";
import { expiryBoundary, reachesExpired, sourceExpired } from "../../lib/model/expiry.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../lib/query/compile.js";
import { planQuery } from "../../lib/planner/planQuery.js";
import { codeOf } from "./fixtures/codeOf.js";
import { sales } from "./fixtures/sales.js";

const HOUR = 3_600_000;
const utc = Date.UTC;

describe("a record that expires", () => {
  const rollup = resolveRollup(sales, Object.keys(sales.rollups)[0]!, "UTC");
  const fact = projectFact(sales, {
    ...{ at: utc(2024, 4, 1), shop: "a", tags: ["x"], size: 1, quantity: 2, price: 1.5 },
  });
  const change = { cube: sales.name, docId: "1", docCreatedAt: 1, before: fact, after: null };

  test("leaves no delta, alone or beside changes of other records", () => {
    const batch = new DeltaBatch(rollup);
    batch.add({ ...change, op: "expire" });
    expect(batch.partitions()).toEqual([]);
    batch.add({ ...change, op: "insert", before: null, after: fact });
    batch.add({ ...change, op: "expire" });
    const counts = batch.partitions().flatMap(({ cells }) => cells.map(({ change: by }) => by[0]));
    expect(new Set(counts)).toEqual(new Set([1]));
    batch.add({ ...change, op: "delete" });
    expect(batch.partitions()).toEqual([]);
  });

  test("is not even looked at: nothing in it can fail", () => {
    const batch = new DeltaBatch(rollup);
    const broken = { ...fact, [rollup.timeField]: null };
    expect(codeOf(() => batch.add({ ...change, op: "delete", before: broken }))).toBe(
      "InvalidFact",
    );
    batch.add({ ...change, op: "expire", before: broken });
    expect(batch.partitions()).toEqual([]);
  });
});

describe("the boundary", () => {
  test.each([
    ["2 year", "UTC", utc(2026, 2, 1, 12), utc(2024, 2, 1)],
    ["1 month", "UTC", utc(2026, 2, 31, 12), utc(2026, 1, 28)],
    ["90 days", "Asia/Kathmandu", utc(2026, 2, 1, 18, 14), utc(2025, 10, 30, 18, 15)],
    ["90 days", "Asia/Kathmandu", utc(2026, 2, 1, 18, 15), utc(2025, 11, 1, 18, 15)],
    // Summer time began in between: the day still begins at midnight.
    ["1 week", "Europe/Berlin", utc(2026, 3, 1, 10), utc(2026, 2, 24, 23)],
    ["36 hours", "UTC", utc(2026, 2, 1, 12), utc(2026, 1, 28)],
  ])("of %s in %s lies at a day's start", (expire, zone, now, expected) => {
    expect(new Date(expiryBoundary(expire, zone, now)!)).toEqual(new Date(expected));
  });

  test("never cuts into what is to be kept, and never goes back", () => {
    let last = -Infinity;
    for (let now = utc(2024, 0, 1); now < utc(2026, 0, 1); now += 7 * HOUR) {
      const boundary = expiryBoundary("1 month", "America/New_York", now)!;
      expect(boundary).toBeGreaterThanOrEqual(last);
      expect(now - boundary).toBeGreaterThanOrEqual(28 * 24 * HOUR - HOUR);
      last = boundary;
    }
  });

  test("is none before all time, or where the length means nothing", () => {
    expect(expiryBoundary("9999 year", "UTC", utc(2026, 0, 1))).toBe(null);
    expect(expiryBoundary("soon", "UTC", utc(2026, 0, 1))).toBe(null);
  });
});

test("a look at the source is refused exactly where it holds an instant before the boundary", () => {
  const whole = 1000;
  expect(reachesExpired(null, null, null)).toBe(false);
  expect(reachesExpired(whole, null, null)).toBe(true);
  expect(reachesExpired(whole, null, 500)).toBe(true);
  expect(reachesExpired(whole, 999, 2000)).toBe(true);
  expect(reachesExpired(whole, 1000, null)).toBe(false);
  expect(reachesExpired(whole, 500, 500)).toBe(false);
  expect(sourceExpired("sales", utc(2025, 2, 1))).toMatchObject({
    code: "SourceExpired",
    details: { cube: "sales", sourceFrom: utc(2025, 2, 1) },
  });
});

describe("a plan", () => {
  const rollups = Object.keys(sales.rollups).map((name) => ({
    rollup: resolveRollup(sales, name, "UTC"),
    generation: 1,
    status: "ready" as const,
  }));
  const considered = (dateRange: [string, string], sourceFrom: number | null) => {
    const json = {
      measures: ["sales.count"],
      timeDimensions: [{ dimension: "sales.at", dateRange }],
    };
    const query = normalizeQuery({ sales }, json, { timezone: "UTC" });
    return planQuery({ compiled: compileQuery(sales, query), rollups, sourceFrom });
  };
  const hasFacts = (plan: ReturnType<typeof planQuery>["plan"]) =>
    plan?.segments.some(({ kind }) => kind === "facts");

  test("reads no edge before the boundary: a finer rollup serves, or none", () => {
    const atNine: [string, string] = ["2024-01-05T09:00:00.000", "2024-03-31T23:59:59.999"];
    const free = considered(atNine, null);
    expect(free.considered.every(({ refusal }) => refusal?.code !== "SourceExpired")).toBe(true);
    const { plan, considered: all } = considered(atNine, utc(2025, 0, 1));
    expect(plan).not.toBe(null);
    expect(hasFacts(plan)).toBe(false);
    expect(all.some(({ refusal }) => refusal?.code === "SourceExpired")).toBe(true);
    const halfPast: [string, string] = ["2024-01-05T09:30:00.000", "2024-03-31T23:59:59.999"];
    expect(hasFacts(considered(halfPast, null).plan)).toBe(true);
    expect(considered(halfPast, utc(2025, 0, 1)).plan).toBe(null);
    expect(hasFacts(considered(halfPast, utc(2024, 0, 5)).plan)).toBe(true);
  });

  test("names the reason of a generation that was never built", () => {
    const failed = rollups.map((one) => ({
      ...one,
      status: "failed" as const,
      failure: { code: "SourceExpired", message: "Records of sales before then have expired" },
    }));
    const query = normalizeQuery({ sales }, { measures: ["sales.count"] }, { timezone: "UTC" });
    const { plan, considered: all } = planQuery({
      compiled: compileQuery(sales, query),
      rollups: failed,
    });
    expect(plan).toBe(null);
    expect(all.map(({ refusal }) => refusal)).toContainEqual({
      code: "SourceExpired",
      message: "Records of sales before then have expired",
    });
  });
});

test("a cube says how long its records are kept as a length of calendar time", () => {
  expect(defineCube({ ...sales, expire: "2 years" }).expire).toBe("2 years");
  for (const expire of ["", "2", "0 day", "forever", 3 as unknown as string]) {
    expect(codeOf(() => defineCube({ ...sales, expire }))).toBe("InvalidDefinition");
  }
  // It is not part of what a rollup is: changing it builds nothing anew.
  const [name] = Object.keys(sales.rollups);
  expect(resolveRollup({ ...sales, expire: "2 year" }, name!, "UTC")).toEqual(
    resolveRollup(sales, name!, "UTC"),
  );
});
