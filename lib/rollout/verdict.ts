/** Counting comparisons by minutes, and telling when the new way has to be taken back. */
import type { Stage } from "./stage.js";

const MINUTE_MS = 60_000;

/** What one comparison came to. */
export interface Compared {
  /** "skipped": they were not compared, and `reason` says why. "failed": the new way gave no answer. */
  outcome: "equal" | "different" | "failed" | "skipped";
  /** How long the new way took alone, if that is known. */
  tookMs: number | null;
}

/** The comparisons of one minute. */
export interface Minute {
  /** Epoch ms, when it begins. */
  at: number;
  /** Comparisons that were let in. */
  admitted: number;
  different: number;
  failed: number;
  /** Answers whose time is known, and those that took too long. */
  timed: number;
  slow: number;
}

export interface Thresholds {
  windowMs: number;
  differences: number;
  shadowDifferences: number;
  failures: number;
  slowMs: number;
  slowAnswers: number;
  slowShare: number;
}

export interface Verdict {
  reason: "differences" | "failures" | "latency";
  /** How many there were within the window, and how many it takes. */
  count: number;
  most: number;
  windowMs: number;
}

/** The minutes of the window that ends now, the current one last. O(minutes). */
export function windowAt(minutes: readonly Minute[], now: number, windowMs: number): Minute[] {
  const at = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const kept = minutes.filter((minute) => minute.at > now - windowMs - MINUTE_MS && minute.at < at);
  const current = minutes.find((minute) => minute.at === at);
  return [...kept, current ?? { at, admitted: 0, different: 0, failed: 0, timed: 0, slow: 0 }];
}

/** The window with one more comparison in its last minute. */
export function counted(
  window: readonly Minute[],
  { outcome, tookMs }: Compared,
  { slowMs }: Pick<Thresholds, "slowMs">,
): Minute[] {
  return window.map((minute, i) =>
    i < window.length - 1
      ? minute
      : {
          ...minute,
          different: minute.different + (outcome === "different" ? 1 : 0),
          failed: minute.failed + (outcome === "failed" ? 1 : 0),
          timed: minute.timed + (tookMs === null ? 0 : 1),
          slow: minute.slow + (tookMs !== null && tookMs > slowMs ? 1 : 0),
        },
  );
}

/** Why the new way is to be taken back, or null. A threshold of 0 never does. */
export function verdictOf(
  window: readonly Minute[],
  stage: Stage,
  thresholds: Thresholds,
): Verdict | null {
  if (stage === "off") return null;
  const sum = (of: (minute: Minute) => number) =>
    window.reduce((total, minute) => total + of(minute), 0);
  const { windowMs, failures, slowAnswers, slowShare } = thresholds;
  const differences = stage === "shadow" ? thresholds.shadowDifferences : thresholds.differences;
  const slow = sum((minute) => minute.slow);
  const isSlow = slow >= slowShare * sum((minute) => minute.timed);
  const tested = [
    ["differences", sum((minute) => minute.different), differences],
    ["failures", sum((minute) => minute.failed), failures],
    ["latency", isSlow ? slow : 0, slowAnswers],
  ] as const;
  for (const [reason, count, most] of tested) {
    if (most > 0 && count >= most) return { reason, count, most, windowMs };
  }
  return null;
}
