/**
 * Seven days by 24 hours, shaded by value: when things happen. Arrow keys move a cursor over it. A row's name is a
 * button that filters by its weekday; a cell is none (docs/designs/040-marks.md).
 */
import { useId, useState, type KeyboardEvent } from "react";
import { formatHour, formatWeekday, formatWeekdayLong } from "../format/times.js";
import type { Condition } from "../model/filters.js";
import { isLeavingOut, markState, shadeOf } from "./mark.js";

export interface WeekGridProps {
  label: string;
  /** values[weekday 0–6, Monday first][hour 0–23]. */
  values: readonly (readonly number[])[];
  /** What the readout says while it points at nothing. */
  hint: string;
  formatValue: (value: number) => string;
  /** On weekdays, as ISO counts them. */
  condition: Condition | undefined;
  /** Null where weekdays cannot be filtered by. */
  onFilter: ((weekday: string, isLeftOut: boolean) => void) | null;
}

type Place = { weekday: number; hour: number };

const moves: Record<string, Place> = {
  ArrowLeft: { weekday: 0, hour: -1 },
  ArrowRight: { weekday: 0, hour: 1 },
  ArrowUp: { weekday: -1, hour: 0 },
  ArrowDown: { weekday: 1, hour: 0 },
};

export function WeekGrid(props: WeekGridProps) {
  const { label, values, hint, formatValue, condition, onFilter } = props;
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
      <div className="week-figure">
        <div className="week-days">
          {values.map((_, day) => {
            const weekday = String(day + 1);
            const { isPressed, isLeftOut, words } = markState(condition, weekday);
            return onFilter ? (
              <button
                key={weekday}
                type="button"
                className={isLeftOut ? "week-day week-day-left-out" : "week-day"}
                aria-pressed={isPressed}
                title={`${formatWeekdayLong(day + 1)} alone; with Alt: leave it out`}
                onClick={(event) => onFilter(weekday, isLeavingOut(event))}
              >
                {formatWeekday(day + 1)}
                {words && <span className="visually-hidden">{words}</span>}
              </button>
            ) : (
              <span key={weekday} className="week-day" aria-hidden>
                {formatWeekday(day + 1)}
              </span>
            );
          })}
        </div>
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
            <div
              key={weekday}
              className={
                markState(condition, String(weekday + 1)).isFaint
                  ? "week-row week-row-faint"
                  : "week-row"
              }
              aria-hidden
            >
              {hours.map((value, hour) => (
                <span
                  key={hour}
                  className={
                    place?.weekday === weekday && place.hour === hour
                      ? "week-cell week-cell-current"
                      : "week-cell"
                  }
                  style={{ "--share": shadeOf(value, most) } as React.CSSProperties}
                  onPointerEnter={() => setPlace({ weekday, hour })}
                />
              ))}
            </div>
          ))}
          <div className="week-row week-hours" aria-hidden>
            {Array.from({ length: 24 }, (_, hour) => (
              <span key={hour}>{hour % 6 === 0 ? formatHour(hour).slice(0, 2) : ""}</span>
            ))}
          </div>
        </div>
      </div>
      <p id={readoutId} className="week-readout" aria-live="polite">
        {readout ?? hint}
      </p>
    </div>
  );
}

function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(max, value));
}
