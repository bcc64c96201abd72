/** Errors on their way to the caller, nested calls and what is undone, function handles. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refusal, refused } from "../refusal.js";

const JSON_DATA = { code: "taken", list: [null, { deep: true }] };
const DATA = { code: "taken", at: 5n, list: [null, { deep: true }] };

const groups = ({ admin }: Platform) => admin.query(internal.writes.groups, {});

export const callCases = [
  same("an error reaches the client with its message", async ({ nobody }) => {
    const { message, data } = await refusal(nobody.query(api.calls.throwPlain, {}));
    expect(message).toContain("plain boom");
    expect(data).toBeUndefined();
  }),

  same("a ConvexError reaches the client with its data", async ({ nobody }) => {
    for (const data of [DATA, "text", 7, null, ["a"]]) {
      expect((await refusal(nobody.query(api.calls.throwData, { data }))).data).toEqual(data);
    }
    const fromMutation = nobody.mutation(api.calls.throwFromMutation, { data: DATA });
    expect((await refusal(fromMutation)).data).toEqual(DATA);
  }),

  same("a ConvexError keeps its data through nested calls", async ({ nobody }) => {
    const caught = await nobody.query(api.calls.catchNested, { data: JSON_DATA });
    expect(caught.isConvexError).toBe(true);
    expect(caught.data).toEqual(JSON_DATA);
  }),

  differs("a ConvexError with an int64 in its data keeps it through nested calls", {
    right: "local backend",
    holds: async ({ nobody }) => {
      const caught = await nobody.query(api.calls.catchNested, { data: DATA });
      expect([caught.isConvexError, caught.data]).toEqual([true, DATA]);
    },
    pinned: async ({ nobody }) => {
      // The data is decoded twice; the second time it is no longer JSON.
      const caught = await nobody.query(api.calls.catchNested, { data: DATA });
      expect(caught).toEqual({ isConvexError: false, message: "Unexpected type of 5", data: null });
    },
  }),

  same("a ConvexError keeps its data through an action", async ({ nobody }) => {
    const caught = await nobody.action(api.calls.catchInAction, { data: DATA });
    expect(caught.isConvexError).toBe(true);
    expect(caught.data).toEqual(DATA);
    const passed = nobody.action(api.calls.throwFromAction, { data: DATA });
    expect((await refusal(passed)).data).toEqual(DATA);
  }),

  differs("any other error of a nested call is an Error with `Uncaught` and its name", {
    right: "local backend",
    holds: async ({ nobody }) => {
      const caught = await nobody.query(api.calls.catchPlain, {});
      expect(caught.isConvexError).toBe(false);
      expect(caught.message).toContain("Uncaught TypeError: plain boom");
    },
    pinned: async ({ nobody }) => {
      const caught = await nobody.query(api.calls.catchPlain, {});
      expect(caught).toEqual({ isConvexError: false, message: "plain boom", data: null });
    },
  }),

  same("a mutation that throws leaves nothing", async (p) => {
    await refused(p.nobody.mutation(api.calls.throwFromMutation, { data: 1 }));
    expect(await groups(p)).toEqual([]);
  }),

  same(
    "a nested mutation that throws is undone, its patches too; the caller goes on",
    async (p) => {
      expect(await p.admin.mutation(internal.calls.catchRollback, { fail: true })).toEqual([
        "mine:untouched",
      ]);
      expect(await groups(p)).toEqual(["mine"]);
    },
  ),

  same("a nested mutation that returns is part of the caller's", async (p) => {
    expect(await p.admin.mutation(internal.calls.catchRollback, { fail: false })).toEqual([
      "mine:nested",
      "nested:nested",
    ]);
  }),

  same("undoing an outer call undoes inner ones that had returned", async (p) => {
    expect(await p.admin.mutation(internal.calls.catchTwoLevels, {})).toEqual(["later"]);
    expect(await groups(p)).toEqual(["later"]);
  }),

  same("nested mutations that are started together run one after another", async ({ admin }) => {
    expect(await admin.mutation(internal.calls.together, {})).toEqual(["a:c", "c:c"]);
  }),

  same("arguments of nested calls are checked", async ({ admin }) => {
    expect(await admin.mutation(internal.calls.nestedBadArgs, {})).not.toBe("ran");
  }),

  same(
    "a nested mutation whose result breaks its promise keeps its writes when caught",
    async (p) => {
      // Convex looks at the result after the nested mutation is merged into its caller's.
      expect(await p.admin.mutation(internal.calls.catchBrokenPromise, {})).toEqual(["broken"]);
    },
  ),

  same("a stale query sees none of the caller's writes", async ({ admin }) => {
    await admin.mutation(internal.rows.seed, { group: "old", ranks: [1] });
    expect(await admin.mutation(internal.calls.freshAndStale, {})).toEqual({
      fresh: 2,
      stale: 1,
      after: 2,
    });
  }),

  differs("calls nest eight levels, and no deeper", {
    right: "local backend",
    holds: async ({ admin }) => {
      expect(await admin.query(internal.calls.nest, { depth: 8 })).toBe(8);
      expect(await refused(admin.query(internal.calls.nest, { depth: 9 }))).toContain("depth");
    },
    pinned: async ({ admin }) => {
      expect(await admin.query(internal.calls.nest, { depth: 30 })).toBe(30);
    },
  }),

  same("a nested call of the wrong kind, or to nothing, can be caught", async ({ admin }) => {
    expect(await admin.mutation(internal.calls.wrongKind, {})).toMatch(/mutation/);
    expect(await admin.mutation(internal.calls.unknownFunction, {})).toContain("nothingHere");
  }),

  same("a function handle is text that another mutation can call", async (p) => {
    const handle = await p.admin.mutation(internal.calls.handleOf, {});
    expect(handle).toMatch(/^function:\/\//);
    expect(await p.admin.mutation(internal.calls.handleOf, {})).toBe(handle);
    await p.admin.mutation(internal.calls.runHandle, { handle, group: "by handle" });
    expect(await groups(p)).toEqual(["by handle"]);
  }),
];
