/** Which widgets wait for an answer, and since when: for the one line that says so for all of them. */
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";

export class PendingWatch {
  readonly #since = new Map<symbol, number>();
  readonly #listeners = new Set<() => void>();

  /** `now` in ms, of any beginning. */
  constructor(readonly now: () => number) {}

  /** Something waits until the returned function is called. */
  begin(): () => void {
    const id = Symbol();
    this.#since.set(id, this.now());
    this.#notify();
    return () => {
      this.#since.delete(id);
      this.#notify();
    };
  }

  /** Since when the one that waits longest does; null where nothing waits. */
  readonly oldest = (): number | null =>
    this.#since.size === 0 ? null : Math.min(...this.#since.values());

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const PendingContext = createContext<PendingWatch | null>(null);

/** Tells the watch above, if there is one, while this widget waits. */
export function useReportPending(isPending: boolean): void {
  const watch = useContext(PendingContext);
  useEffect(() => (isPending ? watch?.begin() : undefined), [watch, isPending]);
}

/** Whether any widget waits, and whether one has for longer than `longMs`. */
export function usePending(watch: PendingWatch, longMs: number) {
  const oldest = useSyncExternalStore(watch.subscribe, watch.oldest);
  const [longSince, setLongSince] = useState<number | null>(null);
  useEffect(() => {
    if (oldest === null) return;
    const leftMs = longMs - (watch.now() - oldest);
    const timer = setTimeout(() => setLongSince(oldest), leftMs);
    return () => clearTimeout(timer);
  }, [watch, oldest, longMs]);
  return { isPending: oldest !== null, isLong: oldest !== null && longSince === oldest };
}
