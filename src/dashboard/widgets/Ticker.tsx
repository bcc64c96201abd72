/** What was written last, newest first, as it happens. */
import { memo, useEffect, useLayoutEffect, useMemo, useState } from "react";
import { useSubscription } from "../../react/useSubscription.js";
import { functions, type Activity } from "../api.js";
import { useHeld, useIsPaused } from "../session/usePause.js";
import { formatAgo } from "../format/times.js";
import { formatCount } from "../format/numbers.js";

const entriesMax = 9;
/** Entries that come faster come together: nobody reads more, and each time is a frame. */
const paceMs = 500;

export function Ticker({ tenantId }: { tenantId: string }) {
  const [attempt, setAttempt] = useState(0);
  return (
    <section className="card card-third ticker" aria-label="Live activity">
      <header className="card-header">
        <h2>Live activity</h2>
      </header>
      <Recent key={attempt} tenantId={tenantId} retry={() => setAttempt(attempt + 1)} />
    </section>
  );
}

/** A new key asks again: it leaves the failed subscription and opens another. */
function Recent({ tenantId, retry }: { tenantId: string; retry: () => void }) {
  const asked = useMemo(
    () => ({ asked: { query: functions.activity, args: { tenantId, limit: entriesMax } } }),
    [tenantId],
  );
  const live = usePaced(useSubscription(asked) as Activity[] | Error | undefined);
  const recent = useHeld(live, useIsPaused() && live !== undefined);
  if (recent === undefined) {
    return (
      <div className="bars" aria-busy>
        {[88, 76, 81, 64].map((width) => (
          <div key={width} className="skeleton skeleton-bar" style={{ width: `${width}%` }} />
        ))}
      </div>
    );
  }
  if (recent instanceof Error) {
    return (
      <div className="note">
        <p className="note-title">Activity could not be loaded</p>
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      </div>
    );
  }
  if (recent.length === 0) {
    return (
      <div className="note">
        <p className="note-title">Nothing written yet</p>
        <p>New records appear here the moment they are saved.</p>
      </div>
    );
  }
  return <Entries recent={recent} />;
}

const Entries = memo(function Entries({ recent }: { recent: readonly Activity[] }) {
  const now = useNow();
  return (
    <ol className="entries">
      {recent.map((entry, i) => (
        <li key={`${entry.commitTs} ${sameCommitBelow(recent, i)}`} className="entry">
          <span className={`entry-dot entry-${entry.cube}`} aria-hidden />
          <span className="entry-text" title={entry.summary}>
            {verbs[entry.op]}
            {entry.summary || entry.cube}
            {entry.count > 1 && <span className="entry-count"> ×{formatCount(entry.count)}</span>}
          </span>
          <time className="entry-time">{formatAgo(entry.at, now)}</time>
        </li>
      ))}
    </ol>
  );
});

const verbs = { insert: "", update: "Changed ", delete: "Removed ", expire: "Expired " } as const;

/** Tells the rows of one commit apart, in a way that newer commits do not change. */
function sameCommitBelow(recent: readonly Activity[], index: number): number {
  return recent.filter((other, i) => i > index && other.commitTs === recent[index]?.commitTs)
    .length;
}

/** A value as of a moment ago: the first at once, and after each that is shown the next a while later. */
function usePaced<Value>(value: Value): Value {
  const [shown, setShown] = useState({ value, at: 0 });
  // Before the paint, so that it is in one frame with the figures.
  useLayoutEffect(() => {
    if (shown.value === value) return;
    const show = () => setShown({ value, at: Date.now() });
    const waitMs = shown.at + paceMs - Date.now();
    if (waitMs <= 0) return show();
    const timer = setTimeout(show, waitMs);
    return () => clearTimeout(timer);
  }, [shown, value]);
  return shown.value;
}

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
