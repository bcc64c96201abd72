/** When stores look: at once for what somebody waits for, four times a second for the rest, and not while hidden. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Pacer, type Page } from "../../src/react/held/Pacer.js";

let looks: number[];
let isHidden: boolean;
let show: () => void;
let pacer: Pacer;

const page: Page = {
  now: () => Date.now(),
  isHidden: () => isHidden,
  onceVisible: (listener) => {
    show = listener;
  },
};
const look = () => void looks.push(Date.now());
const microtasks = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  looks = [];
  isHidden = false;
  pacer = new Pacer(page);
});
afterEach(() => vi.useRealTimers());

describe("a pacer", () => {
  test("has all stores of a client look once per transition, together", async () => {
    const order: string[] = [];
    const [one, other] = [() => void order.push("one"), () => void order.push("other")];
    for (const look of [one, other, one]) pacer.ask(look, true);
    expect(order).toEqual([]);
    await microtasks();
    expect(order).toEqual(["one", "other"]);
  });

  test("looks at most four times a second at what moves by itself, and at the last of it", async () => {
    for (let ms = 0; ms < 2000; ms += 20) {
      pacer.ask(look, false);
      await vi.advanceTimersByTimeAsync(20);
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(looks.length).toBeGreaterThanOrEqual(8);
    expect(looks.length).toBeLessThanOrEqual(9);
    for (const [i, at] of looks.entries()) if (i > 0) expect(at - looks[i - 1]!).toBe(250);
    expect(looks.at(-1)).toBeGreaterThanOrEqual(1980);
  });

  test("looks at once at what somebody waits for", async () => {
    pacer.ask(look, false);
    await microtasks();
    pacer.ask(look, false);
    await vi.advanceTimersByTimeAsync(20);
    expect(looks).toEqual([0]);
    pacer.ask(look, true);
    await microtasks();
    expect(looks).toEqual([0, 20]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(looks).toEqual([0, 20]);
  });

  test("looks at nothing while the page is hidden, and once when it is seen again", async () => {
    isHidden = true;
    for (let i = 0; i < 5; i++) {
      pacer.ask(look, false);
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(looks).toEqual([]);
    isHidden = false;
    show();
    await microtasks();
    expect(looks).toEqual([5000]);
  });

  test("forgets a store that has stopped", async () => {
    pacer.ask(look, true);
    pacer.forget(look);
    await microtasks();
    expect(looks).toEqual([]);
  });
});
