/**
 * Headline figures that one rollup can answer together: three questions (the period, its change, the
 * trend) for all of them.
 */
import { useDeferredValue } from "react";
import { comparedQuestion, totalsQuestion, trendQuestion } from "../model/questions.js";
import { views } from "../model/views.js";
import { useFigures } from "../session/usePause.js";
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
  const compared = view?.period.compared;
  const totals = useFigures(view ? totalsQuestion(view.scope, measures) : "skip");
  const change = useFigures(
    view && compared ? comparedQuestion(view.scope, measures, compared) : "skip",
  );
  const trend = useFigures(view ? trendQuestion(view.scope, measures, view.granularity) : "skip");
  const shared = { totals, change, trend, isWaiting: view !== now };
  const headline = views[now.scope.cube].headline.filter(({ member }) => measures.includes(member));
  return headline.map((one) => <KpiCard key={one.member} {...one} {...shared} />);
}
