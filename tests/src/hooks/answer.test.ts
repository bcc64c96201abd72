import { describe, expect, test } from "vitest";
import {
  resolveAnswer,
  type Outcome,
  type ResolveInput,
  type Result,
} from "../../../src/hooks/answer";
import { AggregateError } from "../../../src/hooks/errors";

const result = (value: number, source: Result["source"] = "rollup"): Result => ({
  query: { measures: ["a.x"] },
  rows: [{ "a.x": value }],
  annotation: { measures: {}, dimensions: {}, timeDimensions: {} },
  total: null,
  servedBy: "a.totals@1",
  exact: true,
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
