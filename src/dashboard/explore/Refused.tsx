/** A question that the backend declines: why, in words, and what can be done about it. */
import type { AggregateError } from "../../react/index.js";
import { failureWords } from "../format/failures.js";
import type { Asked } from "./asked.js";
import { remediesOf, type Subject } from "./coverage.js";
import { titleOf } from "./shown.js";

export interface RemediesProps {
  subject: Subject;
  onChange: (change: Partial<Asked>, control: string) => void;
  onOperate: () => void;
}

export function Refused({ error, ...props }: RemediesProps & { error: AggregateError }) {
  const { title, text } = failureWords(error);
  return (
    <div className="note" role="alert">
      <p className="note-title">{title}</p>
      <p className="note-detail">{text}</p>
      <Remedies {...props} />
    </div>
  );
}

/** What a rollup answers instead, one press away, and where one that answers this is found. */
export function Remedies({ subject, onChange, onOperate }: RemediesProps) {
  const remedies = remediesOf(subject, (name) => titleOf(subject.cube, name));
  return (
    <>
      {remedies.length > 0 && (
        <div className="explore-remedies" role="group" aria-label="What a rollup answers">
          <p className="explore-remedy">A rollup answers this:</p>
          {remedies.map(({ label, change }) => (
            <button
              key={label}
              type="button"
              className="button"
              onClick={() => onChange(change, "remedy")}
            >
              {label}
            </button>
          ))}
        </div>
      )}
      <p className="note-detail">
        A rollup that keeps this can be declared. The advisor in Operate tells admins what it would
        save.
      </p>
      <button type="button" className="button" onClick={onOperate}>
        Open Operate
      </button>
    </>
  );
}
