/** A view's own widgets, as its definition lists them. */
import { lazy } from "react";
import { views, type CubeName, type Widget } from "../model/views.js";
import { LevelCard } from "../widgets/LevelCard.js";
import { RankingCard } from "../widgets/RankingCard.js";
import { WeekCard } from "../widgets/WeekCard.js";
import { WhenNear } from "../widgets/WhenNear.js";

/** Not of the first screen. */
const YearCard = lazy(async () => ({
  default: (await import("../widgets/YearCard.js")).YearCard,
}));

export function Widgets({ cube }: { cube: CubeName }) {
  return views[cube].widgets.map((widget, i) => <OneWidget key={i} widget={widget} />);
}

function OneWidget({ widget }: { widget: Widget }) {
  switch (widget.kind) {
    case "stack":
      return (
        <div className="stack">
          {widget.widgets.map((one) => (
            <RankingCard key={one.title} {...one} />
          ))}
        </div>
      );
    case "ranking":
      return <RankingCard {...widget} />;
    case "level":
      return <LevelCard {...widget} />;
    case "week":
      return <WeekCard {...widget} />;
    case "year":
      return (
        <WhenNear title={widget.title}>
          <YearCard {...widget} />
        </WhenNear>
      );
    default:
      return widget satisfies never;
  }
}
