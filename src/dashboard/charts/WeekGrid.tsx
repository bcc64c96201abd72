/** Seven days by 24 hours, shaded by value: when things happen. Arrow keys move a cursor over it. */
import { useId, useState, type KeyboardEvent } from "react";
import { formatHour, formatWeekday } from "../format/times.js";

export interface WeekGridProps {
  label: string;
  /** values[weekday 0–6, Monday first][hour 0–23]. */
  values: readonly (readonly number[])[];
  /** What the readout says while it points at nothing. */
  hint: string;
  formatValue: (value: number) => string;
}

type Place = { weekday: number; hour: number };

const moves: Record<string, Place> = {
  ArrowLeft: { weekday: 0, hour: -1 },
  ArrowRight: { weekday: 0, hour: 1 },
  ArrowUp: { weekday: -1, hour: 0 },
  ArrowDown: { weekday: 1, hour: 0 },
};

export function WeekGrid({ label, values, hint, formatValue }: WeekGridProps) {
  const [place, setPlace] = useState<Place | null>(null);
  const readoutId = useId();
  const most = Math.max(...values.flat(), 1e-9);
  const readout =
    place &&
    `${formatWeekday(place.weekday + 1)} ${formatHour(place.hour)}: ${formatValue(values[place.weekday]?.[place.hour] ?? 0)}`;

  const onKeyDown = (event: KeyboardEvent) => {
    const move = moves[event.key];
    if (event.key === "Escape") setPlace(null);
    if (!move) return;
    event.preventDefault();
    setPlace((from) => ({
      weekday: clamp((from?.weekday ?? 0) + (from ? move.weekday : 0), 6),
      hour: clamp((from?.hour ?? 0) + (from ? move.hour : 0), 23),
    }));
  };

  return (
    <div className="week">
      <div
        className="week-grid"
        role="img"
        aria-label={label}
        aria-describedby={readoutId}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => setPlace(null)}
        onPointerLeave={() => setPlace(null)}
      >
        {values.map((hours, weekday) => (
          <div key={weekday} className="week-row" aria-hidden>
            <span className="week-day">{formatWeekday(weekday + 1)}</span>
            {hours.map((value, hour) => (
              <span
                key={hour}
                className={
                  place?.weekday === weekday && place.hour === hour
                    ? "week-cell week-cell-current"
                    : "week-cell"
                }
                style={{ "--share": shareOf(value, most) } as React.CSSProperties}
                onPointerEnter={() => setPlace({ weekday, hour })}
              />
            ))}
          </div>
        ))}
        <div className="week-row week-hours" aria-hidden>
          <span className="week-day" />
          {Array.from({ length: 24 }, (_, hour) => (
            <span key={hour}>{hour % 6 === 0 ? formatHour(hour).slice(0, 2) : ""}</span>
          ))}
        </div>
      </div>
      <p id={readoutId} className="week-readout" aria-live="polite">
        {readout ?? hint}
      </p>
    </div>
  );
}

/** In percent: no finer shade is told apart, and a cell that keeps its own is not painted again. */
function shareOf(value: number, most: number): number {
  return Math.round((value / most) * 100) / 100;
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, value));
}
