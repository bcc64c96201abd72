/** The heap of a call: 64 MiB of what it holds at once, however much it makes and forgets. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limitsOf } from "../../local/database/limits.js";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { type Fixture, readable, startFixture } from "./support.js";

const OUT_OF_MEMORY = "ran out of memory (maximum memory usage: 64 MB)";

/** Other suites do not look at heaps. */
const limits = { ...readable, userTimeMs: 10_000, heapBytes: 64 * 2 ** 20 };

let shared: Fixture;
beforeAll(async () => {
  shared = await startFixture({ limits });
}, 60_000);
afterAll(() => shared.stop());

const hold = (app: Fixture, holds: number, forgets = 0, nested?: number) =>
  app.http.query(api.probes.hold, { holds, forgets, ...(nested === undefined ? {} : { nested }) });

/** How many calls were run again meanwhile. */
async function judgedBy(app: Fixture, body: () => Promise<unknown>): Promise<number> {
  const before = app.backend.stats().heaps.judged;
  await body();
  return app.backend.stats().heaps.judged - before;
}

describe("the heap of a call", () => {
  it("is not looked at where less was allocated", async () => {
    expect(await judgedBy(shared, async () => expect(await hold(shared, 5)).toBe(5))).toBe(0);
  });

  it("is what it holds, and not what it made and forgot", async () => {
    const churns = async () => expect(await hold(shared, 20, 100)).toBe(120);
    expect(await judgedBy(shared, churns)).toBe(1);
  });

  it("ends a call that holds too much, and no other", async () => {
    await expect(hold(shared, 90)).rejects.toThrow(OUT_OF_MEMORY);
    expect(await hold(shared, 20, 100)).toBe(120);
  });

  it("is shared with nested calls, where their time is", async () => {
    expect(await hold(shared, 25, 30, 20)).toBe(75);
    expect(shared.backend.stats().heaps.diverged).toBe(0);
    await expect(hold(shared, 45, 0, 45)).rejects.toThrow(OUT_OF_MEMORY);
    const separate = await startFixture({ limits: { ...limits, nestedTime: "separate" } });
    try {
      expect(await hold(separate, 45, 20, 45)).toBe(110);
      await expect(hold(separate, 0, 0, 90)).rejects.toThrow(OUT_OF_MEMORY);
    } finally {
      await separate.stop();
    }
  });

  it("is bounded in the profile production, and not in the relaxed one", async () => {
    expect(limitsOf("production", undefined).heapBytes).toBe(limits.heapBytes);
    expect(limitsOf("relaxed", undefined).heapBytes).toBeNull();
    const relaxed = await startFixture({ profile: "relaxed", limits: { userTimeMs: 10_000 } });
    try {
      expect(await hold(relaxed, 200)).toBe(200);
      expect(relaxed.backend.stats().heaps.judged).toBe(0);
    } finally {
      await relaxed.stop();
    }
  });
});
