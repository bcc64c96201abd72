/** The filters in force: what each asks for or leaves out, to be turned round or taken away. */
import { formatDimensionValue, operatorWords } from "../format/filters.js";
import { dimensionTitle } from "../model/members.js";
import type { Filters } from "../model/filters.js";
import type { CubeName } from "../model/views.js";
import { useFilterIntent } from "../widgets/useIntent.js";
import { CloseIcon } from "./icons.js";

export interface FilterChipsProps {
  cube: CubeName;
  filters: Filters;
  /** All values of a dimension are asked for, or left out. */
  onFlip: (dimension: string) => void;
  onRemove: (dimension: string, value: string) => void;
  onClear: () => void;
}

export function FilterChips({ cube, filters, onFlip, onRemove, onClear }: FilterChipsProps) {
  const intent = useFilterIntent();
  const chips = Object.entries(filters).flatMap(([dimension, { operator, values }]) =>
    values.map((value) => ({
      ...{ dimension, value, words: operatorWords(operator) },
      title: dimensionTitle(cube, dimension),
      text: formatDimensionValue(cube, dimension, value),
      turn: operator === "equals" ? "leave it out" : "show it alone",
    })),
  );
  if (chips.length === 0) return null;
  return (
    <div className="chips" role="group" aria-label="Filters">
      {chips.map(({ dimension, value, title, words, text, turn }) => (
        <span key={`${dimension} ${value}`} className="chip">
          <button
            type="button"
            className="chip-flip"
            title={`Press to ${turn} instead`}
            onClick={() => onFlip(dimension)}
          >
            <span className="chip-title">{title}</span> <span className="chip-words">{words}</span>
            <span className="visually-hidden">
              {" "}
              {text}: {turn} instead
            </span>
          </button>
          <button
            type="button"
            className="chip-remove"
            onClick={() => onRemove(dimension, value)}
            {...intent(dimension, value)}
          >
            <span className="visually-hidden">
              Remove filter {title} {words}{" "}
            </span>
            <span className="chip-value">{text}</span>
            <CloseIcon />
          </button>
        </span>
      ))}
      {chips.length > 1 && (
        <button type="button" className="button button-quiet" onClick={onClear}>
          Clear all
        </button>
      )}
    </div>
  );
}
