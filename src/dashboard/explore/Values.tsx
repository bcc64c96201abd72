/** The values of a filter: those chosen, and a field that offers the most frequent ones. */
import { useId, useRef, useState, type FocusEvent, type KeyboardEvent } from "react";
import { useAggregate } from "../../react/index.js";
import { CloseIcon } from "../chrome/icons.js";
import { formatHour, formatWeekdayLong } from "../format/times.js";
import { rankingQuestion } from "../model/questions.js";
import type { CubeName } from "../model/views.js";
import { isValue, typeOf, valuesOf, type AskedFilter } from "./asked.js";
import type { Subject } from "./coverage.js";
import { operatorText } from "./operators.js";
import { titleOf, valueText } from "./shown.js";

/** As many are offered. */
const offeredMax = 50;

export interface ValuesProps {
  subject: Subject;
  filter: AskedFilter;
  isFresh: boolean;
  onChange: (values: readonly string[]) => void;
}

export function Values({ subject, filter, isFresh, onChange }: ValuesProps) {
  const { cube, period } = subject;
  const { dimension, operator, values } = filter;
  const title = titleOf(cube, dimension);
  const [text, setText] = useState("");
  const [isWrong, setWrong] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  /** A value was taken away: the field has the focus, where it was not there before, too. */
  const [isBack, setBack] = useState(false);
  const [isTouched, setTouched] = useState(false);
  const [listId, hintId] = [useId(), useId()];
  const isExact = operator === "equals" || operator === "notEquals";
  const offered = useOffered(cube, dimension, period, isTouched && isExact);
  const isFull = values.length >= valuesOf(operator);

  const add = (typed: string) => {
    const value = valueOf(cube, dimension, typed.trim());
    setWrong(value === null);
    if (value === null) return;
    setText("");
    if (!values.includes(value)) onChange([...values, value]);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Backspace" && text === "" && values.length > 0) {
      onChange(values.slice(0, -1));
    }
    if (event.key !== "Enter" || text.trim() === "") return;
    event.preventDefault();
    add(text);
  };
  const onBlur = (event: FocusEvent<HTMLInputElement>) => {
    if (event.target.value.trim() !== "") add(event.target.value);
  };
  return (
    <div className="explore-values">
      {values.map((value) => (
        <span key={value} className="explore-chip">
          <span>{valueText(cube, dimension, value)}</span>
          <button
            type="button"
            className="explore-remove"
            aria-label={`Remove value ${valueText(cube, dimension, value)}`}
            onClick={() => {
              onChange(values.filter((one) => one !== value));
              setBack(true);
              field.current?.focus();
            }}
          >
            <CloseIcon />
          </button>
        </span>
      ))}
      {!isFull && (
        <input
          className="explore-input"
          aria-label={`${title} ${operatorText(operator)}`}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? hintId : undefined}
          placeholder={values.length === 0 ? "Value, then Enter" : "Another one"}
          list={offered.length > 0 ? listId : undefined}
          value={text}
          ref={(input) => {
            field.current = input;
            if (isFresh || isBack) focusOnce(input);
          }}
          onFocus={() => setTouched(true)}
          onKeyDown={onKeyDown}
          onBlur={onBlur}
          onChange={(event) => {
            setText(event.target.value);
            setWrong(false);
            // Chosen from the list, and not typed.
            if ((event.nativeEvent as InputEvent).inputType === "insertReplacementText") {
              add(event.target.value);
            }
          }}
        />
      )}
      {offered.length > 0 && (
        <datalist id={listId}>
          {offered
            .filter((value) => !values.includes(value))
            .map((value) => (
              <option key={value} value={valueText(cube, dimension, value)} />
            ))}
        </datalist>
      )}
      {isWrong && (
        <p className="explore-wrong" id={hintId} role="alert">
          {wrongWords(cube, dimension)}
        </p>
      )}
    </div>
  );
}

const focused = new WeakSet<HTMLElement>();

/** Called at each rendering. */
function focusOnce(input: HTMLInputElement | null): void {
  if (input === null || focused.has(input)) return;
  focused.add(input);
  input.focus();
}

/** The most frequent values of the period; asked for once the field is used. */
function useOffered(
  cube: CubeName,
  dimension: string,
  period: Subject["period"],
  isWanted: boolean,
): string[] {
  const type = typeOf(cube, dimension);
  const known = type === "weekday" ? 7 : type === "hourOfDay" ? 24 : null;
  const count = `${cube}.count`;
  const scope = { cube, ...period, filters: {} };
  const { data } = useAggregate(
    isWanted && known === null
      ? rankingQuestion(scope, dimension, [count], count, offeredMax)
      : "skip",
  );
  if (known !== null) {
    return Array.from({ length: known }, (_, i) => String(type === "weekday" ? i + 1 : i));
  }
  return (data ?? []).flatMap((row) => {
    const value = row[`${cube}.${dimension}`];
    return typeof value === "string" && value !== "" ? [value] : [];
  });
}

/** What is meant by a text: weekdays go by name, too, and hours by the clock. Null for what cannot be a value. */
export function valueOf(cube: CubeName, dimension: string, text: string): string | null {
  const type = typeOf(cube, dimension);
  const among = (count: number, first: number, nameOf: (value: number) => string) =>
    Array.from({ length: count }, (_, i) => i + first).find(
      (value) => nameOf(value).toLowerCase() === text.toLowerCase(),
    );
  const named =
    type === "weekday"
      ? among(7, 1, formatWeekdayLong)
      : type === "hourOfDay"
        ? among(24, 0, formatHour)
        : undefined;
  const value = named === undefined ? text : String(named);
  return isValue(cube, dimension, value) ? value : null;
}

function wrongWords(cube: CubeName, dimension: string): string {
  const type = typeOf(cube, dimension);
  if (type === "weekday") return "Expected: a weekday, such as Monday.";
  if (type === "hourOfDay") return "Expected: an hour, such as 09:00.";
  return type === "number" ? "Expected: a number." : "Expected: up to 256 characters.";
}
