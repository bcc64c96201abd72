/** A view's own widgets, as its definition lists them. */
import { views, type CubeName, type Widget } from "../model/views.js";
import { LevelCard } from "../widgets/LevelCard.js";
import { RankingCard } from "../widgets/RankingCard.js";
import { WeekCard } from "../widgets/WeekCard.js";

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
    default:
      return widget satisfies never;
  }
}
