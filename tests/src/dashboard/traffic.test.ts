import { describe, expect, test } from "vitest";
import { Stream } from "../../../src/dashboard/traffic/Stream.js";

/** A stream whose ticks and acknowledgements the test gives. */
function started(perSecond = 10) {
  const ticks = new Map<() => void, number>();
  const answers: { resolve: () => void; reject: (cause: Error) => void }[] = [];
  const stream = new Stream(
    () => new Promise<void>((resolve, reject) => answers.push({ resolve, reject })),
    {
      every: (ms, call) => {
        ticks.set(call, ms);
        return () => ticks.delete(call);
      },
    },
  );
  stream.setRate(perSecond);
  stream.start();
  return { stream, answers, ticks, tick: () => [...ticks.keys()].forEach((call) => call()) };
}

describe("a stream of writes", () => {
  test("writes at its rate, also after that has changed, and not once it is stopped", () => {
    const { stream, ticks, answers, tick } = started(10);
    expect([...ticks.values()]).toEqual([100]);
    stream.setRate(50);
    expect([...ticks.values()]).toEqual([20]);
    tick();
    stream.stop();
    tick();
    expect(answers).toHaveLength(1);
    expect(ticks.size).toBe(0);
    stream.setRate(5);
    expect(ticks.size).toBe(0);
  });

  test("counts what is acknowledged, refused and on its way", async () => {
    const { stream, answers, tick } = started();
    let told = 0;
    stream.subscribe(() => told++);
    for (let i = 0; i < 3; i++) tick();
    answers[0]!.resolve();
    answers[1]!.reject(new Error("No."));
    await Promise.resolve();
    await Promise.resolve();
    expect(stream.get()).toMatchObject({ written: 1, failed: 1, waiting: 1 });
    expect(told).toBe(5);
  });

  test("has twenty on their way at most: a slower backend sets the pace", async () => {
    const { stream, answers, tick } = started(50);
    for (let i = 0; i < 60; i++) tick();
    expect(answers).toHaveLength(20);
    answers[0]!.resolve();
    await Promise.resolve();
    await Promise.resolve();
    tick();
    expect(answers).toHaveLength(21);
    expect(stream.get()).toMatchObject({ written: 1, waiting: 20 });
  });
});
