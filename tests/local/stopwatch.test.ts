/** The stopwatch counts work, not waiting for the processor. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { Stopwatch } from "../../local/execution/stopwatch.js";
import { threadTimeMs } from "../../local/execution/threadTime.js";

/** Works until the thread has used this much CPU time. */
function work(ms: number): void {
  const start = threadTimeMs();
  while (threadTimeMs() - start < ms);
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
  // Linux tells the time of a thread to a few milliseconds.
  work(40);
  expect(watch.lap()).toBeGreaterThanOrEqual(20);
  expect(watch.stop()).toBeLessThan(20);
  work(10);
  expect(watch.lap()).toBe(0);
});

test("work of other threads does not count", async () => {
  const spinning = "const end = Date.now() + 400; while (Date.now() < end);";
  const others = [1, 2].map(() => new Worker(spinning, { eval: true }));
  await Promise.all(others.map((other) => once(other, "online")));
  const watch = new Stopwatch("cpu");
  watch.start();
  starve(200);
  expect(watch.lap()).toBeLessThan(100);
  await Promise.all(others.map((other) => other.terminate()));
});
