/** Names of a chart's series, each with the colour and stroke that it is drawn in; where they are values, filters by them. */
import type { Series } from "../charts/LineChart.js";
import { isLeavingOut, markState } from "../charts/mark.js";
import type { Condition } from "../model/filters.js";

export interface LegendProps {
  items: readonly Series[];
  /** The filter on the values that the series are of. */
  condition?: Condition | undefined;
  canFilter?: (key: string) => boolean;
  onFilter?: (key: string, isLeftOut: boolean) => void;
}

export function Legend({ items, condition, canFilter, onFilter }: LegendProps) {
  return (
    <ul className="legend">
      {items.map(({ key, label, color, style }) => {
        const { isPressed, isFaint, words } = markState(condition, key);
        const content = (
          <>
            <span
              className={style === "dashed" ? "swatch swatch-dashed" : "swatch"}
              style={{ "--swatch": color } as React.CSSProperties}
            />
            {label}
            {words && <span className="visually-hidden">{words}</span>}
          </>
        );
        return (
          <li key={key}>
            {onFilter && canFilter?.(key) ? (
              <button
                type="button"
                className={isFaint ? "legend-item legend-faint" : "legend-item"}
                aria-pressed={isPressed}
                onClick={(event) => onFilter(key, isLeavingOut(event))}
              >
                {content}
              </button>
            ) : (
              content
            )}
          </li>
        );
      })}
    </ul>
  );
}
