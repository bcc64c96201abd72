// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  PendingContext,
  PendingWatch,
  usePending,
  useReportPending,
} from "../../../src/dashboard/widgets/pending.js";

const longMs = 1_000;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function Widget({ isPending }: { isPending: boolean }) {
  useReportPending(isPending);
  return null;
}

function Line({ watch }: { watch: PendingWatch }) {
  const { isPending, isLong } = usePending(watch, longMs);
  return <p role="status">{isLong ? "long" : isPending ? "pending" : "none"}</p>;
}

function shown(watch: PendingWatch, ...pending: boolean[]) {
  return (
    <PendingContext value={watch}>
      {pending.map((isPending, i) => (
        <Widget key={i} isPending={isPending} />
      ))}
      <Line watch={watch} />
    </PendingContext>
  );
}

const line = () => screen.getByRole("status").textContent;
const wait = (ms: number) => act(() => vi.advanceTimersByTime(ms));

describe("the line about all widgets", () => {
  test("says that one waits, and when one has waited long", () => {
    const watch = new PendingWatch(() => Date.now());
    const { rerender } = render(shown(watch, false, false));
    expect(line()).toBe("none");
    rerender(shown(watch, false, true));
    expect(line()).toBe("pending");
    wait(longMs - 1);
    expect(line()).toBe("pending");
    wait(1);
    expect(line()).toBe("long");
    rerender(shown(watch, false, false));
    expect(line()).toBe("none");
  });

  test("goes by the one that waits longest", () => {
    const watch = new PendingWatch(() => Date.now());
    const { rerender } = render(shown(watch, true, false));
    wait(longMs - 100);
    rerender(shown(watch, true, true));
    wait(100);
    expect(line()).toBe("long");
    rerender(shown(watch, false, true));
    expect(line()).toBe("pending");
    wait(longMs - 100);
    expect(line()).toBe("long");
  });
});
