/**
 * A ranking as horizontal bars. Each bar is a button that filters by its value, so the whole chart is
 * reachable by keyboard; up and down move between bars. With Alt or Shift a click leaves the value out.
 */
import type { KeyboardEvent } from "react";
import type { IntentProps } from "../../react/prefetch/index.js";
import type { Condition } from "../model/filters.js";
import { isLeavingOut, markState } from "./mark.js";

export interface Bar {
  key: string;
  label: string;
  value: number | null;
  text: string;
  /** Of the whole, as text; null where there is no whole. */
  share: string | null;
  /** What the others leave out: it has no length beside theirs. */
  isRest?: boolean;
  /** Set where the value can be filtered by. */
  filterValue: string | null;
}

export interface BarListProps {
  label: string;
  bars: readonly Bar[];
  condition: Condition | undefined;
  onFilter: ((value: string, isLeftOut: boolean) => void) | null;
  /** Of the bars that can be chosen. */
  intentOf: (value: string) => IntentProps;
  /** Whether there may be more bars than a card is high. */
  isScrolled?: boolean;
}

export function BarList(props: BarListProps) {
  const { label, bars, condition, onFilter, intentOf, isScrolled = false } = props;
  const single = bars.filter(({ isRest }) => !isRest);
  const longest = Math.max(...single.map(({ value }) => Math.abs(value ?? 0)), 1e-9);
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const next = buttons[buttons.indexOf(event.target as HTMLButtonElement) + step];
    event.preventDefault();
    next?.focus();
  };
  return (
    <ul className={isScrolled ? "bars bars-all" : "bars"} aria-label={label} onKeyDown={onKeyDown}>
      {bars.map((bar) => {
        const { filterValue } = bar;
        const { isPressed, isLeftOut, isFaint, words } = markState(condition, filterValue);
        const tone = [
          "bar",
          isPressed && !isLeftOut && "bar-selected",
          isFaint && "bar-dimmed",
          isLeftOut && "bar-left-out",
          (bar.value ?? 0) < 0 && "bar-negative",
          bar.isRest && "bar-rest",
        ];
        const content = (
          <>
            {!bar.isRest && (
              <span
                className="bar-fill"
                style={{ width: `${(Math.abs(bar.value ?? 0) / longest) * 100}%` }}
              />
            )}
            <span className="bar-label" title={bar.label}>
              {bar.label}
              {words && <span className="visually-hidden">{words}</span>}
            </span>
            <span className="bar-value">{bar.text}</span>
            {bar.share !== null && <span className="bar-share">{bar.share}</span>}
          </>
        );
        return (
          <li key={bar.key}>
            {onFilter && filterValue !== null ? (
              <button
                type="button"
                className={tone.filter(Boolean).join(" ")}
                aria-pressed={isPressed}
                title="With Alt: leave it out"
                onClick={(event) => onFilter(filterValue, isLeavingOut(event))}
                {...intentOf(filterValue)}
              >
                {content}
              </button>
            ) : (
              <div className={tone.filter(Boolean).join(" ")}>{content}</div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
