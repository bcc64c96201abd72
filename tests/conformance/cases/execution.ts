/** The room a function runs in: its clock, its dice, its globals. */
import { expect } from "vitest";
import { internal } from "../fixture/convex/_generated/api.js";
import { differs, same } from "../platform.js";

export const executionCases = [
  same("the clock stands still in a mutation", async ({ admin }) => {
    const args = { spins: 100_000 };
    expect((await admin.mutation(internal.calls.clockAndDice, args)).isFixed).toBe(true);
  }),

  same("the clock is today's, and the dice differ from call to call", async ({ admin }) => {
    const one = await admin.mutation(internal.calls.clockAndDice, { spins: 0 });
    const two = await admin.mutation(internal.calls.clockAndDice, { spins: 0 });
    expect(Math.abs(one.now - Date.now())).toBeLessThan(60_000);
    for (const roll of one.dice) {
      expect(roll).toBeGreaterThanOrEqual(0);
      expect(roll).toBeLessThan(1);
    }
    expect(one.dice[0]).not.toBe(one.dice[1]);
    expect(one.dice).not.toEqual(two.dice);
  }),

  differs("every execution evaluates its modules anew", {
    right: "local backend",
    holds: async ({ admin }) => {
      const first = await admin.mutation(internal.calls.moduleState, {});
      expect(await admin.mutation(internal.calls.moduleState, {})).toBe(first);
    },
    pinned: async ({ admin }) => {
      const first = await admin.mutation(internal.calls.moduleState, {});
      expect(await admin.mutation(internal.calls.moduleState, {})).toBe(first + 1);
    },
  }),

  same("a mutation has neither fetch nor timers", async ({ admin }) => {
    const messages = await admin.mutation(internal.calls.forbidden, {});
    expect(Object.keys(messages).sort()).toEqual(["fetch", "setInterval", "setTimeout"]);
    for (const message of Object.values(messages))
      expect(message).toMatch(/queries (and|or) mutations/);
  }),
];
