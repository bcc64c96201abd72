/** The state of a tenant's upkeep in six figures. */
import type { ReactNode } from "react";
import { formatCount, formatDollars, formatShare } from "../format/numbers.js";
import { formatAgo } from "../format/times.js";
import type { OperatedHealth } from "./functions.js";
import { workerWords, type Tone } from "./words.js";

/** The backend counts backlogs, dead letters and repairs up to here. */
const countMax = 100;

export interface FiguresProps {
  health: OperatedHealth;
  timezone: string;
  now: number;
  /** What can be done about changes that are set aside; null where the user may not. */
  onReplay: (() => void) | null;
}

export function Figures({ health, timezone, now, onReplay }: FiguresProps) {
  const { lagMs, backlog, deadLetters, repairs, drifts, standstill, verification } = health;
  const isLate = standstill !== null;
  return (
    <dl className="operate-figures">
      <Figure
        title="Oldest change not folded"
        value={lagMs === 0 ? "none" : ageOf(lagMs)}
        tone={isLate ? "bad" : "plain"}
      >
        {workerWords(health, timezone, now)}
      </Figure>
      <Figure title="Waiting writes" value={atLeast(backlog)}>
        {backlog === 0 ? "all of them are in the tiles" : "answers add them meanwhile"}
      </Figure>
      <Verified verification={verification} now={now} />
      <Cost health={health} />
      <Figure title="Being restored" value={atLeast(repairs)} tone={drifts > 0 ? "warn" : "plain"}>
        {drifts > 0 ? `${atLeast(drifts)} found wrong by verification` : "buckets"}
      </Figure>
      <Figure
        title="Set aside"
        value={atLeast(deadLetters)}
        tone={deadLetters > 0 ? "bad" : "plain"}
      >
        {deadLetters > 0 && onReplay !== null ? (
          <button type="button" className="button-link" onClick={onReplay}>
            Apply again
          </button>
        ) : (
          "changes that could not be applied"
        )}
      </Figure>
    </dl>
  );
}

function Verified({
  verification,
  now,
}: {
  verification: OperatedHealth["verification"];
  now: number;
}) {
  const title = "Verified equal";
  if (verification === null || verification.consistency === null) {
    return (
      <Figure title={title} value="–">
        {verification === null ? "not begun" : `${formatCount(verification.checked)} cells so far`}
      </Figure>
    );
  }
  const { consistency, lastPassAt, setback } = verification;
  return (
    <Figure
      title={title}
      value={consistency === 1 ? "100%" : formatShare(Math.min(consistency, 0.999))}
      tone={consistency === 1 ? "good" : "warn"}
    >
      {setback !== null
        ? `waits: ${setback.code}`
        : lastPassAt !== null && `all cells, ${formatAgo(lastPassAt, now)}`}
    </Figure>
  );
}

function Cost({ health: { cost, budget } }: Pick<FiguresProps, "health">) {
  const share = budget && formatShare(budget.usedMegabytes / budget.megabytesPerMonth);
  return (
    <Figure
      title="Costs a month"
      value={formatDollars(cost.total)}
      tone={budget?.isOver ? "warn" : "plain"}
    >
      {share === null ? "upkeep and storage, at this pace" : `${share} of the budget`}
      {budget?.isSlow && ", so folds rest longer"}
    </Figure>
  );
}

type FigureProps = { title: string; value: string; tone?: Tone; children: ReactNode };

function Figure({ title, value, tone = "plain", children }: FigureProps) {
  return (
    <div className="operate-figure">
      <dt>{title}</dt>
      <dd className={`operate-value operate-${tone}`}>{value}</dd>
      <dd className="operate-detail">{children}</dd>
    </div>
  );
}

function atLeast(count: number): string {
  return count >= countMax ? `${countMax} or more` : formatCount(count);
}

function ageOf(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
