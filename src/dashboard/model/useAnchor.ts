/**
 * Which day counts as "now" for presets. Usually today in the tenant's zone; but where the newest
 * record is older than a week (an import of past years), that record's day, or else every preset
 * would be empty. Once chosen it stays while the view is open, so that a single new record does not
 * move the whole screen away; `newerDay` offers the move instead.
 */
import { useEffect, useState } from "react";
import { useAggregate, type AggregateError } from "../../hooks";
import { addDays, todayIn, type Day } from "./calendar";
import { bucketKey, newestQuestion } from "./questions";
import type { CubeName } from "./urlState";

/** Data that ends longer ago than this is history, not a quiet week. */
const quietDaysMax = 7;

const minuteMs = 60_000;

export interface Anchor {
  /** Null while the newest record is not known. */
  day: Day | null;
  /** A later day that presets could be anchored at, after new records arrived. */
  newerDay: Day | null;
  moveToNewer: () => void;
  /** Day of the newest record; null where there is none. */
  newestDay: Day | null;
  isEmpty: boolean;
  error: AggregateError | null;
  retry: () => void;
}

export function useAnchor(cube: CubeName, timezone: string): Anchor {
  const today = useToday(timezone);
  const year = useAggregate(newestQuestion(cube, "year", null));
  const newestYear = bucketOf(year, bucketKey(cube, "year"));
  const day = useAggregate(
    newestYear === undefined || newestYear === null
      ? "skip"
      : newestQuestion(cube, "day", {
          from: newestYear,
          to: `${newestYear.slice(0, 4)}-12-31`,
        }),
  );
  const newestDay = newestYear === null ? null : bucketOf(day, bucketKey(cube, "day"));

  const fitting = newestDay === undefined ? null : anchorFor(newestDay, today);
  const [pinned, setPinned] = useState<Day | null>(null);
  const isSettled = !year.isPlaceholderData && !day.isPlaceholderData;
  if (pinned === null && isSettled && fitting !== null && fitting !== today) setPinned(fitting);
  const current = pinned ?? fitting;

  return {
    day: current,
    newerDay: current !== null && fitting !== null && fitting > current ? fitting : null,
    moveToNewer: () => setPinned(fitting === today ? null : fitting),
    newestDay: newestDay ?? null,
    isEmpty: newestDay === null,
    error: year.error ?? day.error,
    retry: () => {
      year.retry();
      day.retry();
    },
  };
}

/** Undefined: not known yet. Null: there is no record. */
function bucketOf(answer: ReturnType<typeof useAggregate>, key: string): Day | null | undefined {
  if (answer.status !== "success") return undefined;
  const bucket = answer.data[0]?.[key];
  return typeof bucket === "string" ? bucket.slice(0, 10) : null;
}

export function anchorFor(newest: Day | null, today: Day): Day {
  return newest !== null && newest < addDays(today, -quietDaysMax) ? newest : today;
}

function useToday(timezone: string): Day {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), minuteMs);
    return () => clearInterval(timer);
  }, []);
  return todayIn(timezone, now);
}
