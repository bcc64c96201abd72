/** One headline figure with its change and shape; a click makes it the measure of the whole view. */
import type { AggregateAnswer } from "../../react/index.js";
import { Sparkline } from "../charts/Sparkline.js";
import { compare, formatBound, formatMeasure, type Change } from "../format/numbers.js";
import { formatSpan, formatSpanBeside } from "../format/times.js";
import { measureInfo } from "../model/members.js";
import type { Period } from "../model/period.js";
import { Failure } from "./Failure.js";
import { useReportPending } from "./pending.js";
import { axisOf, numberOf, valuesOn } from "./points.js";
import { useView } from "./ViewContext.js";

export interface KpiCardProps {
  member: string;
  totals: AggregateAnswer;
  previous: AggregateAnswer;
  trend: AggregateAnswer;
  /** The question on the screen has not been asked yet. */
  isWaiting: boolean;
  /** Whether more is better; where neither is, a change has no colour. */
  isGoodUp: boolean;
}

export function KpiCard({ member, totals, previous, trend, isWaiting, isGoodUp }: KpiCardProps) {
  const { measure: chosen, setMeasure, period } = useView();
  const measure = measureInfo(member);
  const { data, error } = totals;
  useReportPending(error === null && (isWaiting || data === undefined || totals.isPlaceholderData));
  if (error && data === undefined) {
    return (
      <div className="card kpi kpi-failed">
        <span className="kpi-title">{measure.title}</span>
        <Failure error={error} retry={totals.retry} />
      </div>
    );
  }
  const value = numberOf(data?.[0], member);
  const change = compare(value, numberOf(previous.data?.[0], member));
  const axis = axisOf(trend.query, trend.data ?? []);
  const approximate = totals.annotation?.measures[member]?.approximate;
  const full = formatMeasure(value, measure.format, "full");
  const isStale = isWaiting || totals.isPlaceholderData || error !== null;
  return (
    <button
      type="button"
      className={isStale ? "card kpi answer-stale" : "card kpi"}
      aria-pressed={chosen.member === member}
      data-measure={member}
      data-served-by={totals.servedBy}
      onClick={() => setMeasure(member)}
    >
      <span className="kpi-title">{measure.title}</span>
      {data === undefined ? (
        <span className="skeleton kpi-skeleton" aria-busy />
      ) : (
        <span
          key={String(value)}
          className="kpi-value"
          title={approximate ? `${full}, ${formatBound(approximate)}` : full}
        >
          {approximate && value !== null && "≈ "}
          {formatMeasure(value, measure.format, "short")}
        </span>
      )}
      <ChangeNote
        isPending={data === undefined}
        change={change}
        isGoodUp={isGoodUp}
        period={period}
      />
      {axis && <Sparkline values={valuesOn(axis, trend.data ?? [], measure)} />}
    </button>
  );
}

type ChangeNoteProps = {
  change: Change;
  isPending: boolean;
  isGoodUp: boolean;
  period: Period;
};

function ChangeNote({ change, isPending, isGoodUp, period }: ChangeNoteProps) {
  const { span, previous } = period;
  if (isPending) return <span className="kpi-change">&nbsp;</span>;
  if (span === null || previous === null) return <span className="kpi-change">All time</span>;
  if (change.kind === "none") return <span className="kpi-change">No comparison</span>;
  if (change.kind === "new") return <span className="kpi-change">New in this period</span>;
  const { ratio, text } = change;
  const arrow = ratio > 0 ? "↑" : ratio < 0 ? "↓" : "→";
  const tone = !isGoodUp || ratio === 0 ? "" : ratio > 0 ? " kpi-good" : " kpi-bad";
  return (
    <span className="kpi-change" title={`Compared with ${formatSpan(previous)}`}>
      <span className={`kpi-delta${tone}`}>
        <span aria-hidden>{arrow} </span>
        {text}
      </span>
      <span className="kpi-against"> vs {formatSpanBeside(previous, span)}</span>
    </span>
  );
}
