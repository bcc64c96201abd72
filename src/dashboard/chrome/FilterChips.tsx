/** The filters in force; each chip takes itself away. */
import { dimensionTitle } from "../model/members.js";
import type { Filters } from "../model/urlState.js";
import type { CubeName } from "../model/views.js";
import { useFilterIntent } from "../widgets/useIntent.js";
import { CloseIcon } from "./icons.js";

export interface FilterChipsProps {
  cube: CubeName;
  filters: Filters;
  onRemove: (dimension: string, value: string) => void;
  onClear: () => void;
}

export function FilterChips({ cube, filters, onRemove, onClear }: FilterChipsProps) {
  const intent = useFilterIntent();
  const chips = Object.entries(filters).flatMap(([dimension, values]) =>
    values.map((value) => ({ dimension, value, title: dimensionTitle(cube, dimension) })),
  );
  if (chips.length === 0) return null;
  return (
    <div className="chips" role="group" aria-label="Filters">
      {chips.map(({ dimension, value, title }) => (
        <button
          key={`${dimension} ${value}`}
          type="button"
          className="chip"
          onClick={() => onRemove(dimension, value)}
          {...intent(dimension, value)}
        >
          <span className="visually-hidden">Remove filter </span>
          <span className="chip-title">{title}</span> <span className="chip-value">{value}</span>
          <CloseIcon />
        </button>
      ))}
      {chips.length > 1 && (
        <button type="button" className="button button-quiet" onClick={onClear}>
          Clear all
        </button>
      )}
    </div>
  );
}
