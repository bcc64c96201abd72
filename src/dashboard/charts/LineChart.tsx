/**
 * Lines over time: one SVG path per series, a crosshair that follows pointer or arrow keys, and a
 * readout of the point under it, spoken when moved by keyboard. Where there is a brush a stretch can be picked.
 */
import { useId, useState, type KeyboardEvent, type PointerEvent } from "react";
import {
  areaPath,
  bandPath,
  labelIndexes,
  linearScale,
  linePath,
  ticksFor,
  type TickOptions,
} from "./scale.js";
import { useWidth } from "./useWidth.js";
import { ChartReadout } from "./ChartReadout.js";
import { useBrush, type Brush } from "./useBrush.js";

export interface Series {
  key: string;
  label: string;
  /** A CSS colour. */
  color: string;
  /** One per bucket; null draws a gap. */
  values: readonly (number | null)[];
  style?: "area" | "line" | "dashed";
  /** Where it stands on other series: from where to where it is drawn, in values. */
  band?: Band;
  /** Behind those that are looked at. */
  isFaint?: boolean;
}

/** One of each per bucket. */
export interface Band {
  from: readonly number[];
  to: readonly number[];
}

export interface LineChartProps {
  /** What the chart shows, for people who do not see it. */
  label: string;
  series: readonly Series[];
  /** Names of the buckets: short for the axis, where there are any, long for the readout. */
  ticks: readonly string[];
  names: readonly string[];
  formatTick: (value: number) => string;
  formatValue: (value: number | null) => string;
  scale?: TickOptions;
  height?: number;
  /** The index of a last bucket that is not over: lines lead to it dotted. */
  partialFrom?: number | null;
  brush?: Brush | undefined;
}

const margin = { top: 8, right: 12, bottom: 24, left: 52 };
const tickGapPx = 84;

const keysHint = "Enter shows it, Escape leaves";

export function LineChart(props: LineChartProps) {
  const { series, names, label, height = 276 } = props;
  const [ref, width] = useWidth();
  const [cursor, setCursor] = useState<number | null>(null);
  const [isSpoken, setSpoken] = useState(false);
  const readoutId = useId();
  const count = names.length;
  const at = cursor === null || count === 0 ? null : Math.min(cursor, count - 1);
  const brush = useBrush(props.brush, count);

  const inner = { left: margin.left, right: Math.max(margin.left + 1, width - margin.right) };
  const x = linearScale([0, Math.max(1, count - 1)], [inner.left, inner.right]);

  const onPointer = (event: PointerEvent<SVGSVGElement>): number => {
    const { left } = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - left - inner.left) / (inner.right - inner.left);
    const index = Math.max(0, Math.min(count - 1, Math.round(share * Math.max(1, count - 1))));
    setSpoken(false);
    setCursor(index);
    return index;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = cursorAfter(event.key, at, count);
    const isTaken = brush.onKeyDown(event, at, next);
    if (!isTaken && next === undefined) return;
    event.preventDefault();
    setSpoken(true);
    if (!isTaken) setCursor(next ?? null);
  };
  const half = (x(1) - x(0)) / 2;
  const bandLeft = brush.range ? Math.max(inner.left, x(brush.range.from) - half) : 0;
  const bandRight = brush.range ? Math.min(inner.right, x(brush.range.to) + half) : 0;
  const picked = brush.range && props.brush ? props.brush.name(brush.range) : null;

  return (
    <div className="chart" ref={ref} style={{ height }}>
      {width > 0 && (
        <svg
          role="img"
          aria-label={label}
          aria-describedby={readoutId}
          tabIndex={0}
          width={width}
          height={height}
          onPointerMove={(event) => brush.onPointerMove(event, onPointer(event))}
          onPointerDown={(event) => brush.onPointerDown(event, onPointer(event))}
          onPointerUp={brush.onPointerUp}
          onPointerCancel={brush.leave}
          onPointerLeave={() => setCursor(null)}
          onKeyDown={onKeyDown}
          onBlur={() => {
            setCursor(null);
            brush.leave();
          }}
        >
          {brush.range && (
            <rect
              className="chart-band"
              x={bandLeft}
              y={margin.top}
              width={Math.max(2, bandRight - bandLeft)}
              height={height - margin.top - margin.bottom}
              aria-hidden
            />
          )}
          <Plot {...props} width={width} height={height} cursor={at} />
        </svg>
      )}
      {at !== null && (
        <ChartReadout
          title={picked ?? names[at] ?? ""}
          left={x(at)}
          width={width}
          rows={
            picked === null
              ? series.map((one) => ({
                  key: one.key,
                  label: one.label,
                  color: one.color,
                  isDashed: one.style === "dashed",
                  value: props.formatValue(one.values[at] ?? null),
                }))
              : []
          }
          hint={picked === null ? null : brush.by === "keys" ? keysHint : "Release to show it"}
        />
      )}
      <p id={readoutId} className="visually-hidden" aria-live={isSpoken ? "polite" : "off"}>
        {at === null
          ? `Use the arrow keys to read single values${props.brush ? ", with Shift to pick a stretch" : ""}.`
          : picked !== null
            ? `${picked}. ${keysHint}`
            : `${names[at]}: ${series
                .map((one) => `${one.label} ${props.formatValue(one.values[at] ?? null)}`)
                .join(", ")}`}
      </p>
    </div>
  );
}

/** Where a key moves the cursor: undefined if the key is none of ours. */
export function cursorAfter(
  key: string,
  cursor: number | null,
  count: number,
): number | null | undefined {
  if (count === 0) return undefined;
  const page = Math.max(1, Math.round(count / 10));
  const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -page, PageDown: page }[key];
  if (step !== undefined) {
    const from = cursor ?? (step > 0 ? -1 : count);
    return Math.max(0, Math.min(count - 1, from + step));
  }
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  if (key === "Escape") return null;
  return undefined;
}

/** Where its line runs. */
const drawn = ({ band, values }: Series) => band?.to ?? values;

type PlotProps = LineChartProps & { width: number; height: number; cursor: number | null };

function Plot(props: PlotProps) {
  const { series, ticks, width, height, cursor, formatTick, partialFrom = null } = props;
  const linesOf = (values: Series["values"]) =>
    partialFrom === null
      ? [["", values] as const]
      : ([
          ["", values.slice(0, partialFrom)],
          // From the last point that is over.
          ["chart-line-partial", values.map((one, i) => (i < partialFrom - 1 ? null : one))],
        ] as const);
  const count = ticks.length;
  const named = ticks.flatMap((tick, i) => (tick === "" ? [] : [i]));
  const right = Math.max(margin.left + 1, width - margin.right);
  const bottom = height - margin.bottom;
  const axis = ticksFor(
    series.flatMap((one) => [...drawn(one)]),
    4,
    props.scale,
  );
  const x = linearScale([0, Math.max(1, count - 1)], [margin.left, right]);
  const y = linearScale([axis.min, axis.max], [bottom, margin.top]);
  return (
    <>
      <g className="chart-grid" aria-hidden>
        {axis.values.map((value) => (
          <g key={value}>
            <line
              x1={margin.left}
              x2={right}
              y1={y(value)}
              y2={y(value)}
              className={value === 0 ? "chart-zero" : undefined}
            />
            <text x={margin.left - 10} y={y(value)} dy="0.32em" textAnchor="end">
              {formatTick(value)}
            </text>
          </g>
        ))}
        {labelIndexes(named.length, right - margin.left, tickGapPx).map((at) => {
          const i = named[at] ?? 0;
          return (
            <text
              key={i}
              x={x(i)}
              y={height - 6}
              textAnchor={i === 0 ? "start" : x(i) > right - tickGapPx / 2 ? "end" : "middle"}
            >
              {ticks[i]}
            </text>
          );
        })}
      </g>
      {[...series].reverse().map((one) => (
        <g key={one.key} className={one.isFaint ? "chart-faint" : undefined} aria-hidden>
          {one.band ? (
            <path
              d={bandPath(one.band.from, one.band.to, x, y)}
              fill={one.color}
              className="chart-band-of"
            />
          ) : (
            one.style === "area" && (
              <path d={areaPath(one.values, x, y, y(0))} fill={one.color} className="chart-area" />
            )
          )}
          {(one.style === "dashed"
            ? [["chart-line-dashed", one.values] as const]
            : linesOf(drawn(one))
          ).map(([className, values]) => (
            <path
              key={className}
              d={linePath(values, x, y)}
              stroke={one.color}
              className={`chart-line ${className}`.trim()}
            />
          ))}
        </g>
      ))}
      {(cursor !== null || count === 1) && (
        <g aria-hidden>
          {cursor !== null && (
            <line
              className="chart-cursor"
              x1={x(cursor)}
              x2={x(cursor)}
              y1={margin.top}
              y2={bottom}
            />
          )}
          {series.map((one) => {
            const value = drawn(one)[cursor ?? 0] ?? null;
            return value === null ? null : (
              <circle
                key={one.key}
                cx={x(cursor ?? 0)}
                cy={y(value)}
                r={4}
                fill={one.color}
                className="chart-dot"
              />
            );
          })}
        </g>
      )}
    </>
  );
}
