/** The question, part by part: what to measure, by what, over time, which records, and how many rows. */
import { useCallback, useMemo } from "react";
import { formatCount } from "../format/numbers.js";
import {
  cubeOf,
  dimensionsMax,
  dimensionsOf,
  orderable,
  rowsDefault,
  type Asked,
} from "./asked.js";
import { granularityTitle, readableGranularities } from "./axis.js";
import { coverageWith, type Subject } from "./coverage.js";
import { Filters } from "./Filters.js";
import { coverageWords, MemberPicker, type Choice } from "./MemberPicker.js";
import { titleOf } from "./shown.js";

export interface BuilderProps {
  subject: Subject;
  /** `control` names what was used: a burst of it is one decision. */
  onChange: (change: Partial<Asked>, control: string) => void;
  onReset: () => void;
}

const limits = [10, 25, 50, 100, rowsDefault, 1000, 5000];

/** Takes a name out of a list, or adds it. */
const toggled = (list: readonly string[], name: string) =>
  list.includes(name) ? list.filter((one) => one !== name) : [...list, name];

export function Builder({ subject, onChange, onReset }: BuilderProps) {
  const { cube, asked } = subject;
  const choicesOf = useCallback(
    (names: readonly string[], part: "measures" | "dimensions"): Choice[] =>
      names.map((name) => ({
        id: name,
        title: titleOf(cube, name),
        isChosen: asked[part].includes(name),
        coverage: coverageWith(subject, { [part]: [...asked[part], name] }).kind,
      })),
    [cube, asked, subject],
  );
  const measures = useCallback(
    () => choicesOf(Object.keys(cubeOf(cube).measures), "measures"),
    [choicesOf, cube],
  );
  const dimensions = useCallback(
    () => choicesOf(dimensionsOf(cube), "dimensions"),
    [choicesOf, cube],
  );
  const titled = (name: string) => ({ id: name, title: titleOf(cube, name) });
  return (
    <section className="card explore-builder" aria-label="Question">
      <header className="card-header">
        <h2>Question</h2>
        <div className="card-actions">
          <button type="button" className="button button-quiet button-small" onClick={onReset}>
            Start over
          </button>
        </div>
      </header>
      <MemberPicker
        label="Measures"
        noun="measure"
        isNeeded
        chosen={asked.measures.map(titled)}
        choices={measures}
        onToggle={(name) => onChange({ measures: toggled(asked.measures, name) }, "measures")}
      />
      <MemberPicker
        label="Dimensions"
        noun="dimension"
        most={dimensionsMax}
        chosen={asked.dimensions.map(titled)}
        choices={dimensions}
        onToggle={(name) => onChange({ dimensions: toggled(asked.dimensions, name) }, "dimensions")}
      />
      <GranularitySelect
        subject={subject}
        onChange={(granularity) => onChange({ granularity }, "granularity")}
      />
      <Filters subject={subject} onChange={(filters, control) => onChange({ filters }, control)} />
      <OrderAndLimit subject={subject} onChange={onChange} />
    </section>
  );
}

type GranularityProps = { subject: Subject; onChange: (granularity: string | null) => void };

function GranularitySelect({ subject, onChange }: GranularityProps) {
  const { cube, asked, period } = subject;
  const current = asked.granularity;
  const options = useMemo(() => {
    const readable = readableGranularities(cube, period.span);
    const names =
      current === null || readable.includes(current) ? readable : [current, ...readable];
    return names.map((name) => {
      const { kind } = coverageWith(subject, { granularity: name });
      const words = coverageWords[kind];
      const title = granularityTitle(cube, name);
      return {
        name,
        text: words === null ? title : `${title} (${words})`,
        isOff: kind === "invalid",
      };
    });
  }, [cube, current, period.span, subject]);
  return (
    <label className="explore-part explore-field">
      <span className="explore-label">Over time, by</span>
      <select
        className="explore-select"
        value={current ?? ""}
        onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
      >
        <option value="">The period as a whole</option>
        {options.map(({ name, text, isOff }) => (
          <option key={name} value={name} disabled={isOff && name !== current}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

type OrderProps = { subject: Subject; onChange: (part: Partial<Asked>, control: string) => void };

function OrderAndLimit({ subject, onChange }: OrderProps) {
  const { cube, asked } = subject;
  const { order, limit } = asked;
  const members = orderable(cube, asked);
  const shown = limits.includes(limit) ? limits : [limit, ...limits].sort((a, b) => a - b);
  return (
    <div className="explore-part explore-pair">
      <label className="explore-field">
        <span className="explore-label">Order</span>
        <select
          className="explore-select"
          value={order === null ? "" : `${order.isDescending ? "-" : ""}${order.member}`}
          onChange={({ target: { value } }) => {
            const isDescending = value.startsWith("-");
            const member = isDescending ? value.slice(1) : value;
            onChange({ order: value === "" ? null : { member, isDescending } }, "order");
          }}
        >
          <option value="">As usual</option>
          {members.flatMap((name) => [
            <option key={name} value={name}>
              {titleOf(cube, name)}, ascending
            </option>,
            <option key={`-${name}`} value={`-${name}`}>
              {titleOf(cube, name)}, descending
            </option>,
          ])}
        </select>
      </label>
      <label className="explore-field">
        <span className="explore-label">Rows at most</span>
        <select
          className="explore-select"
          value={limit}
          onChange={(event) => onChange({ limit: Number(event.target.value) }, "limit")}
        >
          {shown.map((count) => (
            <option key={count} value={count}>
              {formatCount(count)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
