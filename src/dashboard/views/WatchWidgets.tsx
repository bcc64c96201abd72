/** Viewing history: how much is watched, of what, where and when. */
import { RankingCard } from "../widgets/RankingCard";
import { WeekCard } from "../widgets/WeekCard";

const measures = ["watch.count", "watch.durationSeconds", "watch.averageDuration"];

export function WatchWidgets() {
  return (
    <>
      <RankingCard title="Categories" dimension="category" measures={measures} />
      <RankingCard title="Topics" dimension="topic" measures={measures} />
      <RankingCard title="Top channels" dimension="channel" measures={measures} />
      <WeekCard title="When people watch" member="watch.count" />
      <RankingCard title="Top videos" dimension="title" measures={measures} canFilter={false} />
    </>
  );
}
