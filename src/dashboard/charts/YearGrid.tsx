/**
 * Every day of a year, shaded by value: a column per week, Mondays on top. Arrow keys move a cursor over it; a click,
 * or Enter, shows the day that it is on.
 */
import { useId, useState, type KeyboardEvent, type RefCallback } from "react";
import { formatBucket, formatMonth, formatWeekday } from "../format/times.js";
import { addDays, startOf, type Day } from "../model/calendar.js";
import { shadeOf } from "./mark.js";

export interface YearGridProps {
  label: string;
  /** The day of the first value; a Monday. */
  from: Day;
  /** One per day. */
  values: readonly number[];
  /** What the readout says while it points at nothing. */
  hint: string;
  formatValue: (value: number) => string;
  /** The day that the view shows, where it shows a single one. */
  shown: Day | null;
  onShow: (day: Day) => void;
}

const moves: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7 };

export function YearGrid(props: YearGridProps) {
  const { label, from, values, hint, formatValue, shown, onShow } = props;
  const [at, setAt] = useState<number | null>(null);
  const readoutId = useId();
  const most = Math.max(...values, 1e-9);
  const last = values.length - 1;
  const weeks = Array.from({ length: Math.ceil(values.length / 7) }, (_, week) => week * 7);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setAt(null);
    if (event.key === "Enter" && at !== null) onShow(addDays(from, at));
    const next = movedTo(event.key, at, last);
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
  };

  return (
    <div className="year">
      <div className="year-scroll" ref={toItsEnd}>
        <div className="year-figure">
          <div className="year-days" aria-hidden>
            {[1, 3, 5, 7].map((weekday) => (
              <span key={weekday} style={{ gridRow: weekday }}>
                {formatWeekday(weekday)}
              </span>
            ))}
          </div>
          <div
            className="year-grid"
            role="img"
            aria-label={label}
            aria-describedby={readoutId}
            tabIndex={0}
            onKeyDown={onKeyDown}
            onBlur={() => setAt(null)}
            onPointerLeave={() => setAt(null)}
          >
            {weeks.map((first) => (
              <div key={first} className="year-week" aria-hidden>
                <span className="year-month">{monthName(addDays(from, first))}</span>
                {values.slice(first, first + 7).map((value, i) => (
                  <span
                    key={i}
                    className={cellClass(at === first + i, shown === addDays(from, first + i))}
                    style={{ "--share": shadeOf(value, most) } as React.CSSProperties}
                    onPointerEnter={() => setAt(first + i)}
                    onClick={() => onShow(addDays(from, first + i))}
                  />
                ))}
              </div>
            ))}
          </div>
        </div>
      </div>
      <p id={readoutId} className="week-readout" aria-live="polite">
        {at === null
          ? hint
          : `${formatBucket(addDays(from, at), "day")}: ${formatValue(values[at] ?? 0)}`}
      </p>
    </div>
  );
}

/** Where a key moves the cursor; without one it begins at the newest day. Undefined if the key is none of ours. */
function movedTo(key: string, at: number | null, last: number): number | undefined {
  if (key === "Home") return 0;
  if (key === "End") return last;
  const step = moves[key];
  if (step === undefined) return undefined;
  return at === null ? last : Math.max(0, Math.min(last, at + step));
}

/** Over the week in which a month begins. */
function monthName(monday: Day): string {
  const sunday = addDays(monday, 6);
  const first = startOf(sunday, "month");
  return first >= monday ? formatMonth(first) : "";
}

function cellClass(isCurrent: boolean, isShown: boolean): string {
  const classes = ["year-cell", isCurrent && "week-cell-current", isShown && "year-cell-shown"];
  return classes.filter(Boolean).join(" ");
}

/** Where it is wider than the screen, the newest days are looked at first. */
const toItsEnd: RefCallback<HTMLElement> = (element) => {
  if (element) element.scrollLeft = element.scrollWidth;
};
