// @vitest-environment edge-runtime
/** Exact percentiles, ranks and pages through many random edits, of which some are folded and some are not. */
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  check,
  backend,
  dice,
  fold,
  open,
  org,
  records,
  states,
  write,
  type Step,
} from "./callsApp.js";
import { foldOnce, NOW } from "./harness.js";

afterEach(() => {
  vi.useRealTimers();
});

describe("exact percentiles", () => {
  test("equal a full sort through 10,000 random edits, whatever of them is folded", async () => {
    const t = await open();
    const roll = dice(7);
    const live: string[] = [];
    for (let step = 0; step < 10_000;) {
      const steps: Step[] = [];
      const many = 1 + roll(60);
      const touched = new Set<string>();
      for (let i = 0; i < many; i++, step++) {
        const id = live[roll(live.length)];
        const call = {
          team: ["a", "b", "c"][roll(3)] as string,
          seconds: roll(12) === 0 ? null : roll(300) / 10,
        };
        const kind = roll(10);
        if (id === undefined || kind < 4 || touched.has(id)) steps.push({ call });
        else {
          touched.add(id);
          if (kind < 7) steps.push({ id, call });
          else if (kind < 8) steps.push({ id, call: { at: NOW - roll(90) * 86_400_000 } });
          else steps.push({ id });
        }
      }
      await write(t, steps);
      for (let i = roll(5); i > 0; i--) await foldOnce(backend(t), org);
      live.length = 0;
      live.push(...(await records(t)).map(({ _id }) => _id));
      if (step % 4 > 0) continue;
      if ((await states(t)).some(({ name, status }) => name === "seconds" && status === "ready")) {
        await check(t, step);
      }
    }
    await fold(t);
    await check(t, 5);
    const [kept, all] = [await states(t), await records(t)];
    expect(kept.map(({ status, records }) => [status, records])).toEqual([
      ["ready", all.length],
      ["ready", all.length],
    ]);
  }, 600_000);
});
