/** A row of choices of which one is on: a radio group that looks like a switch. */

export interface SegmentsProps<Id extends string> {
  label: string;
  options: readonly { id: Id; label: string }[];
  value: Id | undefined;
  onChange: (id: Id) => void;
  isDisabled?: boolean;
}

export function Segments<Id extends string>(props: SegmentsProps<Id>) {
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
