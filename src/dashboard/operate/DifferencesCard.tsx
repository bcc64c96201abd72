/** What comparing both ways found: counts by cube, and each kind of difference with both rows. */
import { formatCount } from "../format/numbers.js";
import { formatAgo } from "../format/times.js";
import { DifferenceItem } from "./DifferenceItem.js";
import type { Compared, Review } from "./functions.js";
import { Panel } from "./Panel.js";
import type { Asked } from "./useAsked.js";

export interface DifferencesCardProps {
  asked: Asked<Review>;
  timezone: string;
  now: number;
  onClear: () => void;
}

export function DifferencesCard({ asked, timezone, now, onClear }: DifferencesCardProps) {
  const isEmpty = asked.status !== "ready" || asked.value.comparisons.length === 0;
  return (
    <Panel
      title="Old way against rollups"
      size="half"
      asked={asked}
      actions={
        !isEmpty && (
          <button type="button" className="button button-small" onClick={onClear}>
            Clear
          </button>
        )
      }
    >
      {({ comparisons, differences }) => (
        <>
          {comparisons.length === 0 && (
            <p className="operate-empty">
              Nothing was compared. Move a cube to Shadow or Percent, and open its screens.
            </p>
          )}
          {comparisons.map((one) => (
            <Counts key={one.cube} compared={one} now={now} />
          ))}
          {differences.map((one) => (
            <DifferenceItem
              key={`${one.question} ${one.kind}`}
              difference={one}
              timezone={timezone}
              now={now}
            />
          ))}
        </>
      )}
    </Panel>
  );
}

function Counts({ compared, now }: { compared: Compared; now: number }) {
  const { cube, since, equal, different, failed, skipped } = compared;
  return (
    <div className="operate-line">
      <h3 className="operate-name">{cube}</h3>
      <p>
        <span className={`pill pill-${different === 0 ? "good" : "bad"}`}>
          {formatCount(different)} different
        </span>{" "}
        of {formatCount(equal + different)} compared
      </p>
      <p className="operate-detail">
        {[...reasonsOf("failed", failed), ...reasonsOf("not compared", skipped)].join(", ") ||
          "All of them gave an answer"}
        . The first was {formatAgo(since, now)}.
      </p>
    </div>
  );
}

function reasonsOf(what: string, counts: Record<string, number>): string[] {
  return Object.entries(counts).map(
    ([reason, count]) => `${formatCount(count)} ${what} (${reason})`,
  );
}
