/** From values to pixels: round ticks, linear positions and SVG paths. */

export interface Ticks {
  /** The scale's ends, on round numbers. */
  min: number;
  max: number;
  values: number[];
}

/** Multiples that people read easily; durations are read in 60s and 24s. */
const decimalSteps = [1, 2, 2.5, 5, 10];
const durationSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

export interface TickOptions {
  kind?: "decimal" | "duration";
  /** Whether zero must be on the scale (default); lines, unlike areas, may do without. */
  fromZero?: boolean;
}

const flatShare = 1e-8;

/** About `count` round ticks that cover `values`; integers only where all values are whole. */
export function ticksFor(
  values: readonly (number | null)[],
  count: number,
  { kind = "decimal", fromZero = true }: TickOptions = {},
): Ticks {
  let low = fromZero ? 0 : Infinity;
  let high = fromZero ? 0 : -Infinity;
  let isWhole = true;
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
    if (!Number.isInteger(value)) isWhole = false;
  }
  if (low > high) low = high = 0;
  // Values that differ only in their last digits are one value to the eye, and to these steps.
  if (high - low <= flatShare * Math.max(1, Math.abs(low), Math.abs(high)))
    high = Math.max(high, low + 1);
  let step = stepFor((high - low) / count, kind);
  if (isWhole && step < 1) step = 1;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => tidy((first + i) * step));
  return { min: tidy(first * step), max: tidy(last * step), values: ticks };
}

function stepFor(rough: number, kind: "decimal" | "duration"): number {
  if (kind === "duration") {
    const step = durationSteps.find((candidate) => candidate >= rough);
    if (step) return step;
    return 3600 * stepFor(rough / 3600, "decimal");
  }
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = decimalSteps.find((candidate) => candidate * magnitude >= rough * 0.999);
  return (step ?? 10) * magnitude;
}

/** Takes away the dust of binary fractions: 0.30000000000000004 → 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

export interface Scale {
  (value: number): number;
}

export function linearScale(
  [d0, d1]: readonly [number, number],
  [r0, r1]: readonly [number, number],
): Scale {
  const factor = d1 === d0 ? 0 : (r1 - r0) / (d1 - d0);
  return (value) => r0 + (value - d0) * factor;
}

/** An SVG path through the points; a null breaks the line, and a point by itself is a dot. */
export function linePath(values: readonly (number | null)[], x: Scale, y: Scale): string {
  let path = "";
  values.forEach((value, i) => {
    if (value === null) return;
    const isFirst = (values[i - 1] ?? null) === null;
    const isLast = (values[i + 1] ?? null) === null;
    path += `${isFirst ? "M" : "L"}${round(x(i))} ${round(y(value))}`;
    if (isFirst && isLast) path += "h0";
  });
  return path;
}

/** The line closed down to `baseline`, run by run. */
export function areaPath(
  values: readonly (number | null)[],
  x: Scale,
  y: Scale,
  baseline: number,
): string {
  let path = "";
  let start = -1;
  for (let i = 0; i <= values.length; i++) {
    const value = values[i] ?? null;
    if (value !== null) {
      path += `${start < 0 ? `M${round(x(i))} ${round(baseline)}L` : "L"}${round(x(i))} ${round(y(value))}`;
      if (start < 0) start = i;
    } else if (start >= 0) {
      path += `L${round(x(i - 1))} ${round(baseline)}Z`;
      start = -1;
    }
  }
  return path;
}

/** The area between two lines. */
export function bandPath(
  from: readonly number[],
  to: readonly number[],
  x: Scale,
  y: Scale,
): string {
  if (to.length === 0) return "";
  const point = (value: number, i: number) => `${round(x(i))} ${round(y(value))}`;
  return `M${[...to.map(point), ...from.map(point).reverse()].join("L")}Z`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** Which of `count` labels to show so that each has `minGap` pixels: the indexes of every n-th. */
export function labelIndexes(count: number, width: number, minGap: number): number[] {
  if (count === 0) return [];
  const room = Math.max(1, Math.floor(width / minGap));
  const every = Math.max(1, Math.ceil(count / room));
  const indexes: number[] = [];
  for (let i = 0; i < count; i += every) indexes.push(i);
  return indexes;
}
