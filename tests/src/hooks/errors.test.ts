import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConvexError } from "convex/values";
import { describe, expect, test } from "vitest";
import { errorCodes, kindOf } from "../../../lib/errorCodes.js";
import { RollupsError } from "../../../lib/errors.js";
import { AggregateError, toAggregateError } from "../../../src/react/errors.js";

/** The text of every module of the engine, the backend, its client, Cube's API and the hooks, but for the list itself. */
const sources = [
  "lib",
  "convex",
  "src/client",
  "src/cube",
  "src/http",
  "src/mcp",
  "src/react",
].flatMap((room) =>
  readdirSync(room, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("_generated"))
    .filter((file) => file !== "errorCodes.ts")
    .map((file) => readFileSync(join(room, file), "utf8")),
);

describe("an error of a hook", () => {
  test("keeps the code, message and details that a ConvexError carries", () => {
    const data = { code: "NoRollup", message: "none", considered: [{ rollup: "totals" }] };
    const error = toAggregateError(new ConvexError(data));
    expect(error).toMatchObject({ code: "NoRollup", message: "none" });
    expect(error.details).toEqual({ considered: [{ rollup: "totals" }] });
  });

  test("keeps the code and details of an error of the engine", () => {
    const error = toAggregateError(new RollupsError("InvalidQuery", "no such member", { at: 1 }));
    expect(error).toMatchObject({ code: "InvalidQuery", kind: "input", isRefusal: false });
    expect(error.details).toEqual({ at: 1 });
  });

  test.each(errorCodes.refusal)("%s is a refusal that asking again does not change", (code) => {
    expect(new AggregateError(code, "")).toMatchObject({
      isRefusal: true,
      isTransient: false,
    });
  });

  test.each(errorCodes.transient)("%s is a refusal for now", (code) => {
    expect(new AggregateError(code, "")).toMatchObject({
      isRefusal: true,
      isTransient: true,
    });
  });

  test.each([...errorCodes.input, ...errorCodes.access])("%s is no refusal of a question", (code) =>
    expect(new AggregateError(code, "").isRefusal).toBe(false),
  );

  test("is Internal for anything else, and keeps the cause", () => {
    const cause = new TypeError("boom");
    expect(toAggregateError(cause)).toMatchObject({ code: "Internal", message: "boom", cause });
    expect(toAggregateError("text")).toMatchObject({ code: "Internal", message: "text" });
    const foreign = toAggregateError(new ConvexError({ code: "AppsOwn", message: "no" }));
    expect(foreign).toMatchObject({ code: "Internal", kind: "fault", isRefusal: false });
  });

  test("has the backend's request as reference, else one that equal failures share", () => {
    const server = new Error("[CONVEX Q(aggregates:rows)] [Request ID: 1a2b3c4d] Server Error");
    expect(toAggregateError(server).reference).toBe("1a2b3c4d");
    const local = toAggregateError(new Error("socket hung up"));
    expect(local.reference).toMatch(/^[0-9a-f]{8}$/);
    expect(toAggregateError(new Error("socket hung up")).reference).toBe(local.reference);
    expect(toAggregateError(new Error("another")).reference).not.toBe(local.reference);
  });

  test("is not wrapped twice", () => {
    const error = new AggregateError("NoRollup", "none");
    expect(toAggregateError(error)).toBe(error);
  });
});

describe("the list of codes", () => {
  test("holds each code once", () => {
    const codes = Object.values(errorCodes).flat();
    expect(new Set(codes).size).toBe(codes.length);
    expect(kindOf("NoRollup")).toBe("refusal");
    expect(kindOf("toString")).toBeNull();
  });

  test("holds no code that nothing fails with", () => {
    const unused = Object.values(errorCodes)
      .flat()
      .filter((code) => !sources.some((text) => text.includes(`"${code}"`)));
    expect(unused).toEqual([]);
  });
});
