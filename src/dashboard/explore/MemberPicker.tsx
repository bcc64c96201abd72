/** Members that are chosen, each to be taken away, and a menu of all that there are. */
import { useMemo, useRef, type ReactNode } from "react";
import { CloseIcon } from "../chrome/icons.js";
import { Popover } from "../chrome/Popover.js";
import type { Coverage } from "./coverage.js";

export interface Choice {
  id: string;
  title: string;
  isChosen: boolean;
  /** What would answer with it. */
  coverage: Coverage["kind"];
}

export interface MemberPickerProps {
  /** Of what: "Measures". */
  label: string;
  /** Of one of it: "measure". */
  noun: string;
  chosen: readonly { id: string; title: string }[];
  /** At least one has to be chosen. */
  isNeeded?: boolean;
  most?: number;
  /** Worked out when the menu is opened. */
  choices: () => Choice[];
  onToggle: (id: string) => void;
}

export function MemberPicker(props: MemberPickerProps) {
  const { label, noun, chosen, isNeeded = false, most = Infinity, choices, onToggle } = props;
  const ref = useRef<HTMLDivElement>(null);
  const isLast = isNeeded && chosen.length === 1;
  return (
    <div className="explore-part" role="group" aria-label={label}>
      <h3>{label}</h3>
      <ul className="explore-chosen">
        {chosen.map(({ id, title }) => (
          <li key={id} className="explore-chip">
            <span>{title}</span>
            {!isLast && (
              <button
                type="button"
                className="explore-remove"
                aria-label={`Remove ${noun} ${title}`}
                onClick={() => {
                  onToggle(id);
                  ref.current?.querySelector("button")?.focus();
                }}
              >
                <CloseIcon />
              </button>
            )}
          </li>
        ))}
      </ul>
      <div ref={ref}>
        <Popover
          className="button button-small"
          face={chosen.length === 0 ? `Choose a ${noun}` : `Change ${label.toLowerCase()}`}
        >
          {({ id }) => (
            <fieldset className="popover-panel explore-menu" id={id}>
              <legend className="visually-hidden">{label}</legend>
              <Choices
                {...{ choices, onToggle }}
                canAdd={chosen.length < most}
                canRemove={!isLast}
                hint={chosen.length < most ? null : `${most} at most: take one away first.`}
              />
            </fieldset>
          )}
        </Popover>
      </div>
    </div>
  );
}

interface ChoicesProps extends Pick<MemberPickerProps, "choices" | "onToggle"> {
  canAdd: boolean;
  canRemove: boolean;
  hint: ReactNode;
}

function Choices({ choices, onToggle, canAdd, canRemove, hint }: ChoicesProps) {
  const list = useMemo(() => choices(), [choices]);
  return (
    <>
      {hint !== null && <p className="explore-hint">{hint}</p>}
      {list.map(({ id, title, isChosen, coverage }) => (
        <label key={id} className="option">
          <span>
            {title}
            {!isChosen && <CoverageNote coverage={coverage} />}
          </span>
          <input
            type="checkbox"
            checked={isChosen}
            disabled={isChosen ? !canRemove : !canAdd || coverage === "invalid"}
            onChange={() => onToggle(id)}
          />
        </label>
      ))}
    </>
  );
}

export const coverageWords = {
  kept: null,
  none: "no rollup keeps it with the rest",
  invalid: "does not go with the rest",
} as const;

/** What is to know of a choice before it is made. */
export function CoverageNote({ coverage }: { coverage: Coverage["kind"] }) {
  const words = coverageWords[coverage];
  return words === null ? null : <small className="explore-note">{words}</small>;
}
