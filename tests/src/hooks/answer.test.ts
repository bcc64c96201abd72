import { describe, expect, test } from "vitest";
import {
  includes,
  resolveAnswer,
  type Outcome,
  type ResolveInput,
  type Result,
} from "../../../src/react/answer.js";
import { AggregateError } from "../../../src/react/errors.js";

const result = (value: number, source: Result["source"] = "rollup"): Result => ({
  query: { measures: ["a.x"] },
  rows: [{ "a.x": value }],
  annotation: { measures: {}, dimensions: {}, timeDimensions: {} },
  total: null,
  servedBy: "a.totals@1",
  exact: true,
  freshness: "live",
  source,
  asOf: source === "client" ? "77" : null,
});

const pending: Outcome = { kind: "pending", progress: null };
const failed: Outcome = { kind: "error", error: new AggregateError("NoRollup", "none fits") };
const arrived = (value: number): Outcome => ({ kind: "result", result: result(value) });

const resolve = (input: Partial<ResolveInput>) =>
  resolveAnswer({
    tenantId: "acme",
    key: "q1",
    outcome: pending,
    previous: null,
    cached: null,
    freshness: { watermark: "99", lagMs: 12 },
    retry: () => {},
    ...input,
  });

describe("an answer's state", () => {
  test("S1 skipped: pending, with nothing to show, whatever is known", () => {
    const previous = { tenantId: "acme", key: "q1", result: result(1) };
    expect(resolve({ key: null, outcome: arrived(2), previous })).toMatchObject({
      status: "pending",
      data: undefined,
    });
  });

  test("S2 first load: pending, with progress where there is some", () => {
    expect(resolve({ outcome: { kind: "pending", progress: 0.4 } })).toMatchObject({
      status: "pending",
      isPending: true,
      progress: 0.4,
    });
  });

  test("S3 arrived: success, with the tenant's watermark and lag", () => {
    expect(resolve({ outcome: arrived(5) })).toMatchObject({
      status: "success",
      data: [{ "a.x": 5 }],
      isPlaceholderData: false,
      source: "rollup",
      asOf: "99",
      lagMs: 12,
    });
  });

  test("S4 next question loads: the previous rows stay as a placeholder", () => {
    const previous = { tenantId: "acme", key: "q0", result: result(1) };
    expect(resolve({ previous })).toMatchObject({
      status: "success",
      data: [{ "a.x": 1 }],
      isPlaceholderData: true,
    });
  });

  test("S5 another tenant loads: nothing of the previous tenant is shown", () => {
    const previous = { tenantId: "globex", key: "q1", result: result(1) };
    expect(resolve({ previous })).toMatchObject({ status: "pending", data: undefined });
  });

  test("S6 first load with a cached answer: shown as a placeholder from the cache", () => {
    expect(resolve({ cached: result(3, "cache") })).toMatchObject({
      status: "success",
      data: [{ "a.x": 3 }],
      source: "cache",
      isPlaceholderData: true,
      lagMs: null,
    });
  });

  test("S7 refused: an error that says so, without rows of another question", () => {
    const previous = { tenantId: "acme", key: "q0", result: result(1) };
    const answer = resolve({ outcome: failed, previous });
    expect(answer).toMatchObject({ status: "error", data: undefined });
    expect(answer.error).toMatchObject({ code: "NoRollup", isRefusal: true });
  });

  test("S8 failed after it worked: the error, with the rows of this very question", () => {
    const previous = { tenantId: "acme", key: "q1", result: result(1) };
    expect(resolve({ outcome: failed, previous })).toMatchObject({
      status: "error",
      data: [{ "a.x": 1 }],
      isPlaceholderData: true,
    });
  });

  test("S9 computed in the browser: its own watermark and no lag", () => {
    expect(resolve({ outcome: { kind: "result", result: result(5, "client") } })).toMatchObject({
      source: "client",
      asOf: "77",
      lagMs: 0,
    });
  });
});

describe("an outcome for a caller who wants at least some commit", () => {
  const freshness = { watermark: "99", foldedTo: "50" };
  const of = (patch: Partial<Result>): Outcome => ({
    kind: "result",
    result: { ...result(1), ...patch },
  });
  const folded = of({ freshness: "folded", asOf: "40" });

  test("of a live answer is fit up to the tenant's newest commit", () => {
    expect(includes(of({}), "99", freshness)).toBe(true);
    expect(includes(of({}), "100", freshness)).toBe(false);
    // Numbers, not texts.
    expect(includes(of({}), "99", { ...freshness, watermark: "1000" })).toBe(true);
  });

  test("of a folded answer is fit up to what is folded, whichever cube it was", () => {
    expect(includes(folded, "50", freshness)).toBe(true);
    expect(includes(folded, "51", freshness)).toBe(false);
  });

  test("of a browser's answer is fit up to its own commit, whatever is folded", () => {
    const own = of({ source: "client", asOf: "77" });
    expect(includes(own, "77", null)).toBe(true);
    expect(includes(own, "78", freshness)).toBe(false);
  });

  test("is not fit while nothing says what it includes, and errors stay errors", () => {
    expect(includes(of({}), "1", null)).toBe(false);
    expect(includes(of({}), null, null)).toBe(true);
    expect(includes(failed, "100", freshness)).toBe(true);
    expect(includes(pending, "100", freshness)).toBe(true);
  });

  test("shows a folded answer's own commit, not the tenant's newest", () => {
    expect(resolve({ outcome: folded })).toMatchObject({ asOf: "40", freshness: "folded" });
    expect(resolve({ outcome: of({}) })).toMatchObject({ asOf: "99", freshness: "live" });
  });
});
