/** What the period is compared with. */
import { comparisons, type Comparison } from "../model/period.js";
import { ChevronIcon } from "./icons.js";

export interface ComparisonPickerProps {
  value: Comparison;
  onChange: (comparison: Comparison) => void;
}

export function ComparisonPicker({ value, onChange }: ComparisonPickerProps) {
  return (
    <label className="select select-titled">
      <span className="select-title">vs</span>
      <span className="visually-hidden">Compared with</span>
      <select value={value} onChange={(event) => onChange(event.target.value as Comparison)}>
        {comparisons.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      <ChevronIcon />
    </label>
  );
}
