/**
 * Headline figures that one rollup can answer together: three questions (the period, the one before,
 * the trend) for all of them.
 */
import { useAggregate } from "../../hooks";
import { totalsQuestion, trendQuestion } from "../model/questions";
import { KpiCard } from "./KpiCard";
import { useView } from "./ViewContext";

export function KpiGroup({ measures }: { measures: readonly string[] }) {
  const { scope, period, granularity } = useView();
  const totals = useAggregate(totalsQuestion(scope, measures));
  const previous = useAggregate(
    period.previous ? totalsQuestion({ ...scope, span: period.previous }, measures) : "skip",
  );
  const trend = useAggregate(trendQuestion(scope, measures, granularity));
  return measures.map((member) => (
    <KpiCard key={member} member={member} totals={totals} previous={previous} trend={trend} />
  ));
}
