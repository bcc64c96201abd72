/** The box beside a chart's crosshair: the bucket's name and one value per series. */

export interface ReadoutRow {
  key: string;
  label: string;
  color: string;
  isDashed?: boolean;
  value: string;
}

export interface ChartReadoutProps {
  title: string;
  rows: readonly ReadoutRow[];
  hint?: string | null;
  /** The crosshair's place in the chart, and the chart's width: the box takes the roomier side. */
  left: number;
  width: number;
}

const gapPx = 12;

export function ChartReadout({ title, rows, hint = null, left, width }: ChartReadoutProps) {
  const side = left > width / 2 ? { right: width - left + gapPx } : { left: left + gapPx };
  return (
    <div className="chart-readout" style={side} aria-hidden>
      <div className="chart-readout-title">{title}</div>
      {hint !== null && <div className="chart-readout-label">{hint}</div>}
      {rows.map((row) => (
        <div key={row.key} className="chart-readout-row">
          <span
            className={row.isDashed ? "swatch swatch-dashed" : "swatch"}
            style={{ "--swatch": row.color } as React.CSSProperties}
          />
          <span className="chart-readout-label">{row.label}</span>
          <span className="chart-readout-value">{row.value}</span>
        </div>
      ))}
    </div>
  );
}
