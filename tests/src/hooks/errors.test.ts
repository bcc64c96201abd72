import { ConvexError } from "convex/values";
import { describe, expect, test } from "vitest";
import { RollupsError } from "../../../lib/errors";
import { AggregateError, toAggregateError } from "../../../src/hooks/errors";

describe("an error of a hook", () => {
  test("keeps the code and message that a ConvexError carries", () => {
    const error = toAggregateError(new ConvexError({ code: "Building", message: "wait" }));
    expect(error).toMatchObject({ code: "Building", message: "wait", isRefusal: true });
  });

  test("keeps the code of an error of the engine", () => {
    const error = toAggregateError(new RollupsError("InvalidQuery", "no such member"));
    expect(error).toMatchObject({ code: "InvalidQuery", isRefusal: false });
  });

  test("is Internal for anything else, and keeps the cause", () => {
    const cause = new TypeError("boom");
    expect(toAggregateError(cause)).toMatchObject({ code: "Internal", message: "boom", cause });
    expect(toAggregateError("text")).toMatchObject({ code: "Internal", message: "text" });
  });

  test("is not wrapped twice", () => {
    const error = new AggregateError("NoRollup", "none");
    expect(toAggregateError(error)).toBe(error);
  });
});
