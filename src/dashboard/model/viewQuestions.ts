/** Every question that a view asks in one state: what its widgets subscribe to, as one list. */
import type { AggregateQuery } from "../../react/index.js";
import type { TrendGranularity } from "./calendar.js";
import { measureGroups, groupOf, rankedMeasures } from "./measureGroups.js";
import type { Period, Span } from "./period.js";
import {
  barsMax,
  comparedQuestion,
  rankingQuestion,
  totalsQuestion,
  trendQuestion,
  weekQuestion,
  yearQuestion,
  type Scope,
} from "./questions.js";
import { measureInfo } from "./members.js";
import { largestQuestion, othersQuestion, partsQuestion } from "./split.js";
import { views, type Widget } from "./views.js";

export interface ViewState {
  scope: Scope;
  granularity: TrendGranularity;
  /** The chosen measure. */
  measure: string;
  period: Pick<Period, "previous" | "compared">;
  /** The dimension that the trend is split by. */
  split?: string | null;
  /** The days of the year's card; it asks once it is near the screen. */
  year?: Span;
}

/** What the trend is asked of before its largest values are known: it matters that there are some, not which. */
const anyParts = ["1", "2"];

export interface ViewQuestion {
  /** The title of the widget, as people read it. */
  widget: string;
  query: AggregateQuery;
}

export function viewQuestions(state: ViewState): ViewQuestion[] {
  const { scope, granularity, measure, period, split = null, year } = state;
  const { cube } = scope;
  const { previous, compared } = period;
  const headline = measureGroups[cube].flatMap(({ members }) => {
    const widget = measureInfo(members[0] ?? "").title;
    return [
      { widget, query: totalsQuestion(scope, members) },
      ...(compared === null ? [] : [{ widget, query: comparedQuestion(scope, members, compared) }]),
      { widget, query: trendQuestion(scope, members, granularity) },
    ];
  });
  const group = groupOf(cube, measure);
  const trends = previous === null ? [scope] : [scope, { ...scope, span: previous }];
  const { title: widget } = measureInfo(measure);
  const trend =
    split === null
      ? trends.map((one) => ({ widget, query: trendQuestion(one, group, granularity) }))
      : [
          { widget, query: largestQuestion(scope, split, measure) },
          ...[partsQuestion, othersQuestion].map((question) => ({
            widget,
            query: question({ scope, measure, granularity, dimension: split, values: anyParts }),
          })),
        ];
  const questionsOf = (widget: Widget): ViewQuestion[] => {
    switch (widget.kind) {
      case "stack":
        return widget.widgets.flatMap(questionsOf);
      case "ranking": {
        const measures = rankedMeasures(cube, widget.measures, measure);
        const orderBy = measures.includes(measure) ? measure : (measures[0] ?? measure);
        const query = rankingQuestion(scope, widget.dimension, measures, orderBy, barsMax);
        return [{ widget: widget.title, query }];
      }
      case "level": {
        const { title, member, dimension } = widget;
        return [{ widget: title, query: trendQuestion(scope, [member], granularity, dimension) }];
      }
      case "week":
        return [{ widget: widget.title, query: weekQuestion(scope, widget.member) }];
      case "year":
        if (year === undefined) return [];
        return [{ widget: widget.title, query: yearQuestion(scope, widget.member, year) }];
      default:
        return widget satisfies never;
    }
  };
  return [...headline, ...trend, ...views[cube].widgets.flatMap(questionsOf)];
}
