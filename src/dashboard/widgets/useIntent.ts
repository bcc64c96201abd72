/** What the view would ask after a click, for what offers it: asked ahead as a pointer dwells there. */
import { usePrefetch, type IntentProps } from "../../react/prefetch/usePrefetch.js";
import type { Day } from "../model/calendar.js";
import { toggleFilter } from "../model/filters.js";
import { fittingGranularity } from "../model/granularities.js";
import { resolvePeriod, type Preset } from "../model/period.js";
import { viewQuestions, type ViewState } from "../model/viewQuestions.js";
import { useView, type View } from "./ViewContext.js";

function stateOf({ scope, granularity, measure, period }: View): ViewState {
  return { scope, granularity, measure: measure.member, period };
}

const queriesOf = (state: ViewState) => viewQuestions(state).map(({ query }) => query);

/** For what adds a filter or takes it away. */
export function useFilterIntent(): (dimension: string, value: string) => IntentProps {
  const view = useView();
  const { intent } = usePrefetch();
  return (dimension, value) =>
    intent(() => {
      const { scope, ...state } = stateOf(view);
      const filters = toggleFilter(scope.filters, dimension, value);
      return queriesOf({ ...state, scope: { ...scope, filters } });
    });
}

/** For what shows another period. */
export function usePeriodIntent(anchor: Day): (preset: Preset) => IntentProps {
  const view = useView();
  const { intent } = usePrefetch();
  return (preset) =>
    intent(() => {
      const { comparison, today } = view;
      const period = resolvePeriod({ kind: "preset", preset }, anchor, { comparison, today });
      const { scope, ...state } = stateOf(view);
      const granularity = fittingGranularity(period.span);
      return queriesOf({ ...state, granularity, period, scope: { ...scope, span: period.span } });
    });
}
