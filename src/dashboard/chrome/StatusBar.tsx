/**
 * The line at the foot: where the numbers come from, how fresh they are, and the switch between
 * rollups and the browser for those who may flip it.
 */
import { memo, useEffect, useState } from "react";
import {
  toAggregateError,
  useFlag,
  type AggregateQuery,
  type Mode,
  type Role,
  type Source,
} from "../../react/index.js";
import type { Prefetch } from "../../react/prefetch/index.js";
import { failureWords } from "../format/failures.js";
import { formatDollars, formatShare } from "../format/numbers.js";
import { commitMs, formatClock, formatLag } from "../format/times.js";
import { useConnection } from "../session/useConnection.js";
import { useFigures, useIsPaused } from "../session/usePause.js";
import { usePending, type PendingWatch } from "../widgets/pending.js";
import { ProgressBar } from "../widgets/ProgressBar.js";
import { Segments } from "./Segments.js";

const modes = [
  { id: "on", label: "Rollups" },
  { id: "off", label: "Browser" },
] as const;

export interface StatusBarProps {
  timezone: string;
  role: Role;
  /** Its answer stands for the view. */
  question: AggregateQuery;
  /** All widgets that wait. */
  pending: PendingWatch;
  prefetch: Prefetch | undefined;
}

/** Longer waits are said. */
const longMs = 1_800;

const words = {
  device: "Offline",
  backend: "Reconnecting",
  waiting: "Waiting for the backend",
  busy: "Updating",
  live: "Live",
  paused: "Paused",
} as const;

export function StatusBar({ timezone, role, question, pending, prefetch }: StatusBarProps) {
  const answer = useFigures(question);
  const isPaused = useIsPaused();
  const { mode } = useFlag();
  const { lost } = useConnection();
  const { isPending, isLong } = usePending(pending, longMs);
  const asOf = commitMs(answer.asOf);

  // A browser that reads records says so by its progress.
  const isWaiting = isLong && answer.progress === null;
  const isBusy = isPending || answer.isPending;
  const calm = isPaused ? "paused" : "live";
  const state = lost ?? (isWaiting ? "waiting" : isBusy ? "busy" : calm);
  return (
    <footer className="status" data-source={answer.source}>
      <span className={`status-state status-${state}`} role="status">
        {words[state]}
      </span>
      {answer.progress !== null && answer.progress < 1 && (
        <ProgressBar label="Reading records" value={answer.progress} />
      )}
      <dl className="facts">
        <Fact name="Source" value={answer.source && sources[answer.source]} />
        <Fact name="Served by" value={answer.servedBy} isCode />
        <Fact name="Folding" value={mode === "on" ? formatLag(answer.lagMs) : undefined} />
        <Fact name="As of" value={asOf === null ? undefined : formatClock(asOf, timezone)} />
        <Fact name="Times in" value={timezone} />
        {prefetch && <AskedAhead prefetch={prefetch} />}
      </dl>
      {role === "admin" || role === "service" ? <ModeSwitch mode={mode} /> : null}
    </footer>
  );
}

const sources = {
  tiles: "tiles in this browser",
  rollup: "rollups",
  client: "this browser",
  cache: "last visit",
} as const satisfies Record<Source, string>;

function Fact({ name, value, isCode }: { name: string; value?: string; isCode?: boolean }) {
  if (!value) return null;
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd className={isCode ? "code" : undefined}>{value}</dd>
    </div>
  );
}

/** How often what was asked ahead was right, and what that took. */
function AskedAhead({ prefetch }: { prefetch: Prefetch }) {
  const [figures, setFigures] = useState(() => prefetch.figures());
  useEffect(() => prefetch.subscribe(() => setFigures(prefetch.figures())), [prefetch]);
  const { hitRate, calls, bytes, wastedBytes, dollars } = figures;
  const right = hitRate === null ? "nothing yet" : `${formatShare(hitRate)} right`;
  const unused = bytes === 0 ? "" : `, ${formatShare(wastedBytes / bytes)} unused`;
  const cost = `${calls} calls, ${Math.round(bytes / 1000)} kB${unused}, ${formatDollars(dollars)}`;
  return <Fact name="Asked ahead" value={`${right} · ${cost}`} />;
}

const ModeSwitch = memo(function ModeSwitch({ mode }: { mode: Mode | undefined }) {
  const { setMode } = useFlag();
  const [wanted, setWanted] = useState<Mode | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const { lost } = useConnection();
  const change = (next: Mode) => {
    setWanted(next);
    setProblem(null);
    setMode(next)
      .catch((cause: unknown) => setProblem(failureWords(toAggregateError(cause)).title))
      .finally(() => setWanted(null));
  };
  return (
    <div className="mode">
      {problem && <span role="alert">{problem}</span>}
      <span aria-hidden>Compute in</span>
      <Segments
        label="Where answers are computed"
        options={modes}
        value={wanted ?? mode}
        isDisabled={mode === undefined || wanted !== null || lost !== null}
        onChange={change}
      />
    </div>
  );
});
