/** The filters of a question: a dimension, what is asked of it, and the values. */
import { useMemo, useRef, useState } from "react";
import { CloseIcon } from "../chrome/icons.js";
import { Popover } from "../chrome/Popover.js";
import { titleOf } from "./shown.js";
import { dimensionsOf, typeOf, valuesOf, type AskedFilter } from "./asked.js";
import { anyFilter, coverageWith, type Subject } from "./coverage.js";
import { CoverageNote } from "./MemberPicker.js";
import { operatorsOf, operatorText, takesValues, type Operator } from "./operators.js";
import { Values } from "./Values.js";

export interface FiltersProps {
  subject: Subject;
  /** `control` names what was used. */
  onChange: (filters: readonly AskedFilter[], control: string) => void;
}

const keyOf = ({ dimension, operator }: AskedFilter) => `${dimension}.${operator}`;

export function Filters({ subject, onChange }: FiltersProps) {
  const { cube, asked } = subject;
  const { filters } = asked;
  /** What was added last gets the focus. */
  const [fresh, setFresh] = useState<string | null>(null);
  const adding = useRef<HTMLDivElement>(null);
  const replace = (at: number, next: AskedFilter, what: string) =>
    onChange(
      filters.map((one, i) => (i === at ? next : one)),
      `filter ${next.dimension} ${what}`,
    );
  const freeOf = (dimension: string): Operator[] =>
    operatorsOf(typeOf(cube, dimension)).filter(
      (operator) =>
        !filters.some((one) => keyOf(one) === keyOf({ dimension, operator, values: [] })),
    );
  const add = (dimension: string) => {
    const [operator] = freeOf(dimension);
    if (operator === undefined) return;
    const added = { dimension, operator, values: [] };
    setFresh(keyOf(added));
    onChange([...filters, added], `filter ${dimension}`);
  };
  return (
    <div className="explore-part" role="group" aria-label="Filters">
      <h3>Filters</h3>
      {filters.map((filter, i) => {
        const { dimension, operator, values } = filter;
        const title = titleOf(cube, dimension);
        const own = operatorsOf(typeOf(cube, dimension));
        const free = freeOf(dimension);
        return (
          <div
            key={keyOf(filter)}
            className="explore-filter"
            role="group"
            aria-label={`Filter ${title}`}
          >
            <div className="explore-filter-line">
              <span className="explore-filter-title">{title}</span>
              <select
                className="explore-select"
                aria-label={`What is asked of ${title}`}
                value={operator}
                onChange={(event) => {
                  const next = event.target.value as Operator;
                  const kept = takesValues(next) ? values.slice(0, valuesOf(next)) : [];
                  replace(i, { dimension, operator: next, values: kept }, "operator");
                }}
              >
                {own
                  .filter((one) => one === operator || free.includes(one))
                  .map((one) => (
                    <option key={one} value={one}>
                      {operatorText(one)}
                    </option>
                  ))}
              </select>
              <button
                type="button"
                className="explore-remove"
                aria-label={`Remove filter ${title} ${operatorText(operator)}`}
                onClick={() => {
                  onChange(
                    filters.filter((_, at) => at !== i),
                    `remove ${dimension}`,
                  );
                  adding.current?.querySelector("button")?.focus();
                }}
              >
                <CloseIcon />
              </button>
            </div>
            {takesValues(operator) && (
              <Values
                subject={subject}
                filter={filter}
                isFresh={fresh === keyOf(filter)}
                onChange={(next) => replace(i, { dimension, operator, values: next }, "values")}
              />
            )}
          </div>
        );
      })}
      <div ref={adding}>
        <AddFilter subject={subject} onAdd={add} />
      </div>
    </div>
  );
}

function AddFilter({ subject, onAdd }: { subject: Subject; onAdd: (dimension: string) => void }) {
  return (
    <Popover className="button button-small" face="Add a filter">
      {({ id, leave }) => (
        <Dimensions
          id={id}
          subject={subject}
          onAdd={(dimension) => {
            leave();
            onAdd(dimension);
          }}
        />
      )}
    </Popover>
  );
}

type DimensionsProps = { id: string; subject: Subject; onAdd: (dimension: string) => void };

function Dimensions({ id, subject, onAdd }: DimensionsProps) {
  const { cube, asked } = subject;
  const list = useMemo(
    () =>
      dimensionsOf(cube).map((dimension) => {
        const added = anyFilter(cube, { dimension, operator: "equals", values: [] });
        const { kind } = coverageWith(subject, { filters: [...asked.filters, added] });
        return { dimension, coverage: kind };
      }),
    [cube, asked, subject],
  );
  return (
    <ul className="popover-panel explore-menu" id={id} aria-label="Dimensions to filter by">
      {list.map(({ dimension, coverage }) => (
        <li key={dimension}>
          <button
            type="button"
            className="option"
            disabled={coverage === "invalid"}
            onClick={() => onAdd(dimension)}
          >
            <span>
              {titleOf(cube, dimension)}
              <CoverageNote coverage={coverage} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
