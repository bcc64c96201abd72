/** The stopwatch counts work, not waiting for the processor. */
import { expect, test } from "vitest";
import { Stopwatch } from "../../local/execution/stopwatch.js";

/** Works until the process has used this much CPU time. */
function work(ms: number): void {
  const start = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(start);
    if ((user + system) / 1000 >= ms) return;
  }
}

/** Blocks the thread without using the processor, as a machine that is busy elsewhere does. */
function starve(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("work counts, starvation does not", () => {
  const watch = new Stopwatch("cpu");
  watch.start();
  work(40);
  starve(200);
  const passed = watch.lap();
  expect(passed).toBeGreaterThanOrEqual(20);
  expect(passed).toBeLessThan(150);
});

test("on the wall clock starvation counts too", () => {
  const watch = new Stopwatch("wall");
  watch.start();
  starve(60);
  expect(watch.lap()).toBeGreaterThanOrEqual(60);
});

test("laps begin where the last one ended, and a stopped watch counts nothing", () => {
  const watch = new Stopwatch("cpu");
  expect(watch.lap()).toBe(0);
  watch.start();
  // Other threads of the process may share the work: less time passes than is used.
  work(40);
  expect(watch.lap()).toBeGreaterThanOrEqual(20);
  expect(watch.stop()).toBeLessThan(20);
  work(10);
  expect(watch.lap()).toBe(0);
});
