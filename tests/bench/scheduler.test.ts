/** The simulated scheduler of `npm run bench -- upkeep`: what it counts, and when it says that it is too much. */
import { describe, expect, it } from "vitest";
import { dice } from "../../bench/data/random.js";
import { type Load, simulate } from "../../bench/upkeep/scheduler.js";

const load = (changes: Partial<Load> = {}): Load => ({
  tenants: 100,
  slots: 8,
  writtenBytesPerSecond: 4 * 1024 * 1024,
  writesPerSecond: 1 / 60,
  writeBytes: 1000,
  seconds: 1800,
  visit: () => ({ slotMs: 100, bytes: 50_000 }),
  restMs: () => 5000,
  firstRestMs: () => 5000,
  paceMs: () => 0,
  random: dice(1).unit,
  ...changes,
});

describe("the simulated scheduler", () => {
  it("folds all that is written, and no worker waits, where there are slots enough", () => {
    const { writes, folded, pending, refused, starved, ...rest } = simulate(load());
    expect(writes).toBeGreaterThan(2000);
    expect(folded + pending).toBe(writes);
    expect(pending).toBeLessThan(100);
    expect([refused, starved]).toEqual([0, 0]);
    expect(rest.waitP50Ms).toBe(0);
    expect(rest.waitMaxMs).toBeLessThan(1000);
    // A change waits for the rest that is under way, and for nothing else.
    expect(rest.ageMaxMs).toBeLessThan(6000);
  });

  it("takes as much of the slots as the visits need", () => {
    const { visits, busy } = simulate(load());
    expect(busy).toBeCloseTo((visits * 100) / (8 * 1_800_000), 3);
  });

  it("shows waits and starved tenants where slots are too few", () => {
    const { waitMaxMs, starved } = simulate(
      load({ slots: 1, visit: () => ({ slotMs: 10_000, bytes: 0 }), tenants: 1000 }),
    );
    expect(waitMaxMs).toBeGreaterThan(600_000);
    expect(starved).toBeGreaterThan(100);
  });

  it("shows refused writes where upkeep writes all that may be written", () => {
    const greedy = { visit: () => ({ slotMs: 100, bytes: 300_000 }), restMs: () => 250 };
    expect(simulate(load({ ...greedy, writesPerSecond: 0.1 })).refused).toBeGreaterThan(100);
    const paceMs = (bytes: number, workers: number) => (bytes * workers) / 1000;
    const paced = simulate(load({ ...greedy, writesPerSecond: 0.1, paceMs }));
    expect(paced.refused).toBeLessThan(10);
  });

  it("says the same again for the same dice", () => {
    expect(simulate(load())).toEqual(simulate(load()));
    expect(simulate(load())).not.toEqual(simulate(load({ random: dice(2).unit })));
  });
});
