/** A ranking as a table: each value with its share, its change and its trend, which are asked for only here. */
import type { Row } from "../../react/index.js";
import { Sparkline } from "../charts/Sparkline.js";
import { compare, formatMeasure, formatShare, nothing, type Change } from "../format/numbers.js";
import { formatSpanBeside } from "../format/times.js";
import { dimensionTitle, type MeasureInfo } from "../model/members.js";
import { changeRow, changesQuestion, sharesMax } from "../model/shares.js";
import { partsQuestion } from "../model/split.js";
import { views } from "../model/views.js";
import { useFigures } from "../session/usePause.js";
import { axisOf, numberOf, partialFrom, valuesOn } from "./points.js";
import { useView } from "./ViewContext.js";
import "../theme/shares.css";

export interface ShareTableProps {
  title: string;
  dimension: string;
  measure: MeasureInfo;
  /** Of the ranking. */
  rows: readonly Row[];
  nameOf: (row: Row) => string;
  /** What the values are shares of; null where they do not add up. */
  whole: number | null;
}

export function ShareTable({ title, dimension, measure, rows, nameOf, whole }: ShareTableProps) {
  const view = useView();
  const { scope, period, granularity } = view;
  const member = `${scope.cube}.${dimension}`;
  const { compared } = period;
  const values = rows.flatMap((row) => valueOf(row, member) ?? []).slice(0, sharesMax);
  const changes = useFigures(
    compared === null || values.length === 0
      ? "skip"
      : changesQuestion(scope, measure.member, dimension, values, compared),
  );
  const split = { scope, measure: measure.member, granularity, dimension, values };
  const trends = useFigures(values.length === 0 ? "skip" : partsQuestion(split));
  const axis = axisOf(trends.query, trends.data ?? [], view);
  const isPartial = axis !== null && partialFrom(axis, measure, view) !== null;
  const isGoodUp = views[scope.cube].headline.some(
    (one) => one.member === measure.member && one.isGoodUp,
  );

  const changeOf = (value: string | null): Change => {
    if (compared === null || value === null) return { kind: "none" };
    const of = (span: { from: string; to: string }) =>
      numberOf(changeRow(changes.data, member, value, span), measure.member);
    // A value that had no record then is new.
    const before = of(compared.before) ?? (changes.data === undefined ? null : 0);
    return compare(of(compared.now), before, measure.format);
  };
  const shapeOf = (value: string | null) => {
    if (axis === null || value === null) return null;
    const own = (trends.data ?? []).filter((row) => row[member] === value);
    const points = valuesOn(axis, own, measure);
    return isPartial ? points.slice(0, -1) : points;
  };

  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={`${title}, rows`}>
      <table className="table shares">
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            <th scope="col">{dimensionTitle(scope.cube, dimension)}</th>
            <th scope="col" className="number">
              {measure.title}
            </th>
            {whole !== null && (
              <th scope="col" className="number">
                Share
              </th>
            )}
            {compared !== null && (
              <th scope="col" className="number">
                vs {formatSpanBeside(compared.before, compared.now)}
              </th>
            )}
            <th scope="col">Trend</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const value = valueOf(row, member);
            const amount = numberOf(row, measure.member);
            const shape = shapeOf(value);
            return (
              <tr key={nameOf(row)}>
                <th scope="row">{nameOf(row)}</th>
                <td className="number">{formatMeasure(amount, measure.format, "full")}</td>
                {whole !== null && <td className="number">{formatShare((amount ?? 0) / whole)}</td>}
                {compared !== null && (
                  <td className="number">
                    <Delta change={changeOf(value)} isGoodUp={isGoodUp} />
                  </td>
                )}
                <td>{shape !== null && <Sparkline values={shape} />}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Delta({ change, isGoodUp }: { change: Change; isGoodUp: boolean }) {
  if (change.kind === "none") return nothing;
  if (change.kind === "new") return "New";
  const { direction, text } = change;
  const tone = !isGoodUp || direction === 0 ? "" : direction > 0 ? " kpi-good" : " kpi-bad";
  return <span className={`kpi-delta${tone}`}>{text}</span>;
}

/** What can be asked for: neither the rest nor the records without a value. */
function valueOf(row: Row, member: string): string | null {
  const value = row[member];
  return typeof row["others"] === "number" || typeof value !== "string" || value === ""
    ? null
    : value;
}
