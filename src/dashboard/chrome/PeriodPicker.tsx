/** The period: presets in a menu, and two date fields for any other. */
import { useState, type FormEvent } from "react";
import { formatSpan } from "../format/times.js";
import { isDay, type Day } from "../model/calendar.js";
import { presets, type Period, type PeriodChoice } from "../model/period.js";
import { usePeriodIntent } from "../widgets/useIntent.js";
import { CalendarIcon, CheckIcon, ChevronIcon } from "./icons.js";
import { Popover } from "./Popover.js";

export interface PeriodPickerProps {
  choice: PeriodChoice;
  period: Period;
  anchor: Day;
  onChange: (choice: PeriodChoice) => void;
}

export function PeriodPicker({ choice, period, anchor, onChange }: PeriodPickerProps) {
  const intent = usePeriodIntent(anchor);
  const span = period.span;
  return (
    <Popover
      face={
        <>
          <CalendarIcon />
          <span>{choice.kind === "custom" && span ? formatSpan(span) : period.label}</span>
          <ChevronIcon />
        </>
      }
    >
      {({ id, leave }) => {
        const choose = (next: PeriodChoice) => {
          onChange(next);
          leave();
        };
        return (
          <div className="popover-panel" id={id} role="dialog" aria-label="Period">
            <ul className="options">
              {presets.map(({ id: preset, label }) => {
                const isCurrent = choice.kind === "preset" && choice.preset === preset;
                return (
                  <li key={preset}>
                    <button
                      type="button"
                      className="option"
                      aria-pressed={isCurrent}
                      onClick={() => choose({ kind: "preset", preset })}
                      {...(isCurrent ? {} : intent(preset))}
                    >
                      {label}
                      {isCurrent && <CheckIcon />}
                    </button>
                  </li>
                );
              })}
            </ul>
            <CustomDates
              from={span?.from ?? anchor}
              to={span?.to ?? anchor}
              onApply={(from, to) => choose({ kind: "custom", from, to })}
            />
          </div>
        );
      }}
    </Popover>
  );
}

type CustomDatesProps = { from: Day; to: Day; onApply: (from: Day, to: Day) => void };

function CustomDates(props: CustomDatesProps) {
  const [from, setFrom] = useState(props.from);
  const [to, setTo] = useState(props.to);
  const isValid = isDay(from) && isDay(to) && from <= to;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isValid) props.onApply(from, to);
  };
  return (
    <form className="dates" onSubmit={onSubmit}>
      <label>
        From
        <input
          type="date"
          value={from}
          max={to}
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label>
        To
        <input type="date" value={to} min={from} onChange={(event) => setTo(event.target.value)} />
      </label>
      <button type="submit" className="button button-primary" disabled={!isValid}>
        Show
      </button>
    </form>
  );
}
