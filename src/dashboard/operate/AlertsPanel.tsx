/** What is wrong and was told, and what could not be told. Nothing where an app wants no alerts. */
import { formatCount } from "../format/numbers.js";
import { formatAgo } from "../format/times.js";
import type { OperatedAlerts } from "./functions.js";

export interface AlertsPanelProps {
  alerts: OperatedAlerts;
  now: number;
}

export function AlertsPanel({ alerts: { open, undelivered }, now }: AlertsPanelProps) {
  if (open.length === 0 && undelivered.length === 0) return null;
  return (
    <ul className="operate-alerts" aria-label="Alerts">
      {open.map(({ kind, cube, rollup, state, since, message }) => (
        <li key={[kind, cube, rollup].join()}>
          <span className={`pill pill-${state === "error" ? "bad" : "warn"}`}>
            {state === "ok" ? "over" : state}
          </span>{" "}
          {message} <span className="operate-detail">since {formatAgo(since, now)}</span>
        </li>
      ))}
      {undelivered.map(({ kind, cube, rollup, at, attempts, error, isGivenUp }) => (
        <li key={[kind, cube, rollup, at].join()}>
          <span className="pill pill-bad">{isGivenUp ? "not told" : "not told yet"}</span>{" "}
          {[kind, cube, rollup].filter(Boolean).join(" ")}{" "}
          <span className="operate-detail">
            {formatCount(attempts)} attempts, first {formatAgo(at, now)}
            {error && `: ${error}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
