/** A row of choices of which one is on: a radio group that looks like a switch. */
import { memo } from "react";

export interface SegmentsProps<Id extends string> {
  label: string;
  options: readonly { id: Id; label: string }[];
  value: Id | undefined;
  onChange: (id: Id) => void;
  isDisabled?: boolean;
}

function AnySegments<Id extends string>(props: SegmentsProps<Id>) {
  const { label, options, value, onChange, isDisabled = false } = props;
  return (
    <div className="segments" role="radiogroup" aria-label={label}>
      {options.map((option) => (
        <label key={option.id} className={option.id === value ? "segment segment-on" : "segment"}>
          <input
            type="radio"
            className="visually-hidden"
            name={label}
            checked={option.id === value}
            disabled={isDisabled}
            onChange={() => onChange(option.id)}
          />
          {option.label}
        </label>
      ))}
    </div>
  );
}

/** React writes each attribute of a radio button whenever it renders one. */
export const Segments = memo(AnySegments) as typeof AnySegments;
