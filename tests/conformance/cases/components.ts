/** Components: their own tables, ids as text, failures, and what is out of reach. */
import { expect } from "vitest";
import { internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refused } from "../refusal.js";

const read = ({ admin }: Platform, name: string) => admin.query(internal.parts.read, { name });

export const componentCases = [
  same("an app writes to a component and reads it in the same mutation", async ({ admin }) => {
    expect(await admin.mutation(internal.parts.addTwice, { name: "n" })).toEqual({
      value: 3,
      read: 3,
      isText: true,
    });
  }),

  same(
    "a component's failure is undone and caught with its data; the app's writes stay",
    async (p) => {
      const { data, read: left } = await p.admin.mutation(internal.parts.catchFailure, {
        name: "n",
      });
      expect(data).toEqual({ code: "component", name: "n" });
      expect(left).toBeNull();
      expect(await p.admin.query(internal.writes.groups, {})).toEqual(["n"]);
    },
  ),

  same("the app's failure undoes the component's writes", async (p) => {
    await refused(p.admin.mutation(internal.parts.failAfter, { name: "n" }));
    expect(await read(p, "n")).toBeNull();
  }),

  same("an id of a component is text to the app, and an id again inside", async ({ admin }) => {
    expect((await admin.mutation(internal.parts.idAcross, {})).name).toBe("across");
  }),

  same("a component calls its own internal functions", async ({ admin }) => {
    await admin.mutation(internal.parts.addTwice, { name: "n" });
    expect(await admin.query(internal.parts.total, {})).toBe(3);
  }),

  differs("a component's internal functions are out of the app's reach", {
    right: "local backend",
    holds: async ({ admin }) => {
      expect(await admin.query(internal.parts.reachInside, {})).toContain("Could not find");
    },
    pinned: async ({ admin }) => {
      expect(await admin.query(internal.parts.reachInside, {})).toBe("ran 0");
    },
  }),

  same("a component checks its arguments", async ({ admin }) => {
    expect(await admin.mutation(internal.parts.badArgs, {})).not.toBe("ran");
  }),

  differs("a component does not paginate", {
    right: "local backend",
    holds: async ({ admin }) => {
      expect(await admin.query(internal.parts.paginate, {})).toContain(
        "paginate() is only supported in the app",
      );
    },
    pinned: async ({ admin }) => {
      expect(await admin.query(internal.parts.paginate, {})).toBe("read 0");
    },
  }),

  same("a component's function is called by its handle", async (p) => {
    expect(await p.admin.mutation(internal.parts.byHandle, { name: "h" })).toBe(5);
    expect(await read(p, "h")).toBe(5);
  }),
];
