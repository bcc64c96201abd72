/**
 * What each view shows, as data: headline figures, widgets, and from them the dimensions that a click on a mark
 * can filter by. The widgets' questions follow from it (`viewQuestions`), and so do the tests that hold
 * every one of them to an answer.
 */

import { catalogue } from "./members.js";

export const cubeNames = ["watch", "inventory"] as const;
export type CubeName = (typeof cubeNames)[number];

export interface Headline {
  member: string;
  /** Whether more is better; of stock neither is. */
  isGoodUp: boolean;
}

export type Widget =
  | { kind: "level"; title: string; member: string; dimension: string }
  | { kind: "week"; title: string; member: string }
  | { kind: "year"; title: string; member: string }
  | RankingWidget
  /** Short cards beside a tall one. */
  | { kind: "stack"; widgets: readonly RankingWidget[] };

export interface RankingWidget {
  kind: "ranking";
  title: string;
  dimension: string;
  /** The measures that it can rank by; the first where the view's chosen one is not among them. */
  measures: readonly string[];
  size: "third" | "half";
  /** Whether a click on a bar filters the view by its value. */
  canFilter: boolean;
}

export interface ViewDefinition {
  headline: readonly Headline[];
  widgets: readonly Widget[];
}

const viewed = ["watch.count", "watch.durationSeconds", "watch.averageDuration"];
const moved = ["inventory.count", "inventory.quantity", "inventory.value"];
const stocked = [...moved, "inventory.onHand"];

function ranking(
  title: string,
  dimension: string,
  measures: readonly string[],
  { size = "third", canFilter = true }: Partial<Pick<RankingWidget, "size" | "canFilter">> = {},
): RankingWidget {
  return { kind: "ranking", title, dimension, measures, size, canFilter };
}

const headline = (members: readonly string[], isGoodUp: boolean): Headline[] =>
  members.map((member) => ({ member, isGoodUp }));

export const views: Record<CubeName, ViewDefinition> = {
  watch: {
    headline: headline([...viewed, "watch.medianDuration", "watch.viewers"], true),
    widgets: [
      ranking("Categories", "category", [...viewed, "watch.medianDuration"]),
      ranking("Topics", "topic", viewed),
      ranking("Top channels", "channel", viewed),
      { kind: "week", title: "When people watch", member: "watch.count" },
      ranking("Top videos", "title", viewed, { canFilter: false }),
      { kind: "year", title: "Every day of the year", member: "watch.count" },
    ],
  },
  inventory: {
    headline: headline(stocked, false),
    widgets: [
      {
        kind: "level",
        title: "Stock on hand",
        member: "inventory.onHand",
        dimension: "warehouse",
      },
      {
        kind: "stack",
        widgets: [
          ranking("Warehouses", "warehouse", stocked),
          ranking("Kinds of movement", "kind", moved),
        ],
      },
      ranking("Top products", "product", stocked, { size: "half" }),
      ranking("Categories", "category", stocked, { size: "half" }),
      { kind: "year", title: "Every day of the year", member: "inventory.count" },
    ],
  },
};

/** The rankings of a view, stacked or not. */
export function rankingsOf(cube: CubeName): RankingWidget[] {
  return views[cube].widgets.flatMap((widget) =>
    widget.kind === "stack" ? widget.widgets : widget.kind === "ranking" ? [widget] : [],
  );
}

/** The dimensions that a click in the view can filter by: those of bars, and the rows of the week. */
export function filterDimensions(cube: CubeName): string[] {
  const ranked = rankingsOf(cube)
    .filter(({ canFilter }) => canFilter)
    .map(({ dimension }) => dimension);
  return views[cube].widgets.some(({ kind }) => kind === "week") ? [...ranked, "weekday"] : ranked;
}

/** Whether a dimension may have the value: any text, or a weekday as ISO counts them. */
export function isFilterValue(cube: CubeName, dimension: string, value: string): boolean {
  return catalogue[cube]?.dimensions[dimension]?.type !== "weekday" || /^[1-7]$/.test(value);
}

/** What the view's cards are called in the address bar. */
export function cardIds(cube: CubeName): string[] {
  const idsOf = (widget: Widget): string[] => {
    switch (widget.kind) {
      case "stack":
        return widget.widgets.flatMap(idsOf);
      case "ranking":
        return [widget.dimension];
      default:
        return [widget.kind];
    }
  };
  return ["trend", ...views[cube].widgets.flatMap(idsOf)];
}
