/** A line without axes, for the shape of a trend inside a card; decoration, hidden from readers. */
import { areaPath, linearScale, linePath } from "./scale.js";

const width = 120;
const height = 32;

export function Sparkline({ values }: { values: readonly (number | null)[] }) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <svg className="sparkline" aria-hidden />;
  const low = Math.min(0, ...known);
  const high = Math.max(...known, low + 1e-9);
  const x = linearScale([0, values.length - 1], [0, width]);
  const y = linearScale([low, high], [height - 2, 2]);
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden
    >
      <path className="sparkline-area" d={areaPath(values, x, y, y(low))} />
      <path className="sparkline-line" d={linePath(values, x, y)} />
    </svg>
  );
}
