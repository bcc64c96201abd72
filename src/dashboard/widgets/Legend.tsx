/** Names of a chart's series, each with the colour and stroke that it is drawn in. */
import type { Series } from "../charts/LineChart.js";

export function Legend({ items }: { items: readonly Series[] }) {
  return (
    <ul className="legend">
      {items.map(({ key, label, color, style }) => (
        <li key={key}>
          <span
            className={style === "dashed" ? "swatch swatch-dashed" : "swatch"}
            style={{ "--swatch": color } as React.CSSProperties}
          />
          {label}
        </li>
      ))}
    </ul>
  );
}
