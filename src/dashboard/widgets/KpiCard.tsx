/** One headline figure with its change and shape; a click makes it the measure of the whole view. */
import type { AggregateAnswer, Row } from "../../react/index.js";
import { Sparkline } from "../charts/Sparkline.js";
import { compare, formatBound, formatMeasure, type Change } from "../format/numbers.js";
import { formatSpan, formatSpanBeside } from "../format/times.js";
import { measureInfo, type MeasureInfo } from "../model/members.js";
import type { Compared, Span } from "../model/period.js";
import { totalsOf } from "../model/questions.js";
import { Failure } from "./Failure.js";
import { useReportPending } from "./pending.js";
import { axisOf, numberOf, partialFrom, valuesOn } from "./points.js";
import { useView } from "./ViewContext.js";

export interface KpiCardProps {
  member: string;
  totals: AggregateAnswer;
  /** Of the period's days that are over, and as many of the other period. */
  change: AggregateAnswer;
  trend: AggregateAnswer;
  /** The question on the screen has not been asked yet. */
  isWaiting: boolean;
  /** Whether more is better; where neither is, a change has no colour. */
  isGoodUp: boolean;
}

export function KpiCard(props: KpiCardProps) {
  const { member, totals, trend, isWaiting, isGoodUp } = props;
  const view = useView();
  const { measure: chosen, setMeasure, scope, period } = view;
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
  const axis = axisOf(trend.query, trend.data ?? [], view);
  const points = axis ? valuesOn(axis, trend.data ?? [], measure) : [];
  // What is not over would be drawn as a fall.
  const shape = axis && partialFrom(axis, measure, view) !== null ? points.slice(0, -1) : points;
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
        isPending={data === undefined || props.change.isPending}
        change={changeOf(props.change.data, period.compared, measure)}
        isGoodUp={isGoodUp}
        isAllTime={scope.span === null}
        compared={period.compared}
      />
      {axis && <Sparkline values={shape} />}
    </button>
  );
}

function changeOf(
  rows: readonly Row[] | undefined,
  compared: Compared | null,
  { member, format }: MeasureInfo,
): Change {
  if (compared === null) return { kind: "none" };
  const of = (span: Span) => numberOf(totalsOf(rows, span), member);
  return compare(of(compared.now), of(compared.before), format);
}

type ChangeNoteProps = {
  change: Change;
  isPending: boolean;
  isGoodUp: boolean;
  isAllTime: boolean;
  compared: Compared | null;
};

function ChangeNote({ change, isPending, isGoodUp, isAllTime, compared }: ChangeNoteProps) {
  if (isAllTime) return <span className="kpi-change">All time</span>;
  // The line stays, so that nothing moves when a comparison is chosen.
  if (isPending || compared === null) return <span className="kpi-change">&nbsp;</span>;
  if (change.kind === "none") return <span className="kpi-change">No comparison</span>;
  if (change.kind === "new") return <span className="kpi-change">New in this period</span>;
  const { direction, text } = change;
  const { now, before, isComplete } = compared;
  const tone = !isGoodUp || direction === 0 ? "" : direction > 0 ? " kpi-good" : " kpi-bad";
  const days = isComplete ? "Without today: " : "";
  return (
    <span
      className="kpi-change"
      title={`${days}${formatSpan(now)} compared with ${formatSpan(before)}`}
    >
      <span className={`kpi-delta${tone}`}>{text}</span>
      <span className="kpi-against"> vs {formatSpanBeside(before, now)}</span>
    </span>
  );
}
