/**
 * Headline figures that one rollup can answer together: three questions (the period, the one before,
 * the trend) for all of them.
 */
import { useDeferredValue } from "react";
import { useAggregate } from "../../react/index.js";
import { totalsQuestion, trendQuestion } from "../model/questions.js";
import { views } from "../model/views.js";
import { KpiCard } from "./KpiCard.js";
import { useView } from "./ViewContext.js";

export interface KpiGroupProps {
  measures: readonly string[];
  /**
   * At first ask after everything else on the screen has asked: answers of one round trip arrive together,
   * and a costly one would keep the others waiting. Later on its tiles are held, and cost nothing.
   */
  isCostly: boolean;
}

export function KpiGroup({ measures, isCostly }: KpiGroupProps) {
  const now = useView();
  const isLater = useDeferredValue(true, false);
  const view = isCostly && !isLater ? null : now;
  const span = view?.period.previous;
  const totals = useAggregate(view ? totalsQuestion(view.scope, measures) : "skip");
  const previous = useAggregate(
    view && span ? totalsQuestion({ ...view.scope, span }, measures) : "skip",
  );
  const trend = useAggregate(view ? trendQuestion(view.scope, measures, view.granularity) : "skip");
  const shared = { totals, previous, trend, isWaiting: view !== now };
  const headline = views[now.scope.cube].headline.filter(({ member }) => measures.includes(member));
  return headline.map((one) => <KpiCard key={one.member} {...one} {...shared} />);
}
