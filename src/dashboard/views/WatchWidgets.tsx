/** Viewing history: how much is watched, of what, where and when. */
import { RankingCard } from "../widgets/RankingCard";
import { WeekCard } from "../widgets/WeekCard";

const groups = [["watch.count", "watch.durationSeconds", "watch.averageDuration"]];
/** Kept by category only. */
const audience = ["watch.medianDuration"];

export function WatchWidgets() {
  return (
    <>
      <RankingCard title="Categories" dimension="category" groups={[...groups, audience]} />
      <RankingCard title="Topics" dimension="topic" groups={groups} />
      <RankingCard title="Top channels" dimension="channel" groups={groups} />
      <WeekCard title="When people watch" member="watch.count" />
      <RankingCard title="Top videos" dimension="title" groups={groups} canFilter={false} />
    </>
  );
}
