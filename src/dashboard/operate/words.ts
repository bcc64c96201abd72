/** What an operator reads: states of workers and rollups, as sentences. */
import type { Rollback, Stage } from "../../react/index.js";
import { formatCount } from "../format/numbers.js";
import { formatAgo, formatClock } from "../format/times.js";
import type { Build, DifferenceKind, OperatedHealth, OperatedRollup } from "./functions.js";

export type Tone = "good" | "warn" | "bad" | "plain";

export function workerWords(
  { worker, dueAt, standstill }: OperatedHealth,
  timezone: string,
  now: number,
): string {
  if (standstill !== null) return standstill.message;
  if (worker === "stopped") return "the worker is stopped";
  if (worker !== "running") return "the worker sleeps until something is written";
  return dueAt === null || dueAt <= now
    ? "the worker is at work"
    : `the next fold is at ${formatClock(dueAt, timezone)}`;
}

export function statusOf(rollup: OperatedRollup): { text: string; tone: Tone } {
  const { status, degraded, progress } = rollup;
  if (status === "failed") return { text: "failed", tone: "bad" };
  if (degraded) return { text: "incomplete", tone: "bad" };
  if (status === "building") {
    const share = progress === null ? "" : ` ${Math.round(progress * 100)}%`;
    return { text: `building${share}`, tone: "warn" };
  }
  return status === "ready" ? { text: "ready", tone: "good" } : { text: "going", tone: "plain" };
}

export function verifiedWords({ verifiedAt, status }: OperatedRollup, now: number): string {
  if (status !== "ready") return "";
  return verifiedAt === null ? "not yet" : formatAgo(verifiedAt, now);
}

/** Time left of a build at its rate so far; null where that cannot be told. */
export function leftOf({ progress, startedAt }: Build, now: number): string | null {
  if (progress === null || progress < 0.02 || progress >= 1) return null;
  const seconds = (((now - startedAt) / 1000) * (1 - progress)) / progress;
  return seconds < 90
    ? `${Math.max(1, Math.round(seconds))} s left`
    : `${Math.round(seconds / 60)} min left`;
}

export const stageWords: Record<Stage, { label: string; meaning: string }> = {
  off: { label: "Off", meaning: "People see the old way. Nothing is compared." },
  shadow: { label: "Shadow", meaning: "People see the old way. Both ways are compared." },
  percent: {
    label: "Percent",
    meaning: "A share of the people sees rollups. Both ways are compared.",
  },
  on: { label: "On", meaning: "People see rollups." },
};

const reasons: Record<"one" | "many", Record<Rollback["reason"], string>> = {
  one: { differences: "different answer", failures: "failed answer", latency: "slow answer" },
  many: { differences: "different answers", failures: "failed answers", latency: "slow answers" },
};

export function rollbackWords(
  { at, from, percent, reason, count, windowMs }: Rollback,
  now: number,
): string {
  const was = from === "percent" ? `${percent}%` : stageWords[from].label.toLowerCase();
  const minutes = Math.round(windowMs / 60_000);
  const why = `${count} ${reasons[count === 1 ? "one" : "many"][reason]} within ${minutes} min`;
  return `Taken back from ${was}, ${formatAgo(at, now)}: ${why}. Off until an admin moves it.`;
}

/** How often a difference was found: "once, 12s ago", "3 times, last 5 min ago". */
export function seenWords(times: number, lastSeen: number, now: number): string {
  const ago = formatAgo(lastSeen, now);
  return times === 1 ? `once, ${ago}` : `${formatCount(times)} times, last ${ago}`;
}

export const kindWords: Record<DifferenceKind, string> = {
  missing: "Rows that rollups lack",
  extra: "Rows that only rollups have",
  value: "Other values",
  order: "Another order",
  total: "Another total",
};
