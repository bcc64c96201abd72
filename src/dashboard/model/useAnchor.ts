/**
 * Which day counts as "now" for presets. Usually today in the tenant's zone; but where the newest
 * record up to today is older than a week (an import of past years), that record's day, or else every
 * preset would be empty. Records dated in the future do not move it: they are told apart. Once chosen
 * the day stays while the view is open, so that a single new record does not move the whole screen
 * away; `newerDay` offers the move instead.
 */
import { useEffect, useMemo, useState } from "react";
import { useAggregate, type AggregateAnswer, type AggregateError } from "../../react/index.js";
import { addDays, dayOf, hourIn, type Bucket, type Day } from "./calendar.js";
import {
  bucketKey,
  newestDayQuestion,
  recentQuestion,
  yearsQuestion,
  type Side,
} from "./questions.js";
import type { CubeName } from "./views.js";

/** Data that ends longer ago than this is history, not a quiet week. */
const quietDaysMax = 7;

const minuteMs = 60_000;

/** Records dated after today. */
export interface Future {
  count: number;
  /** A day before the first of them, in its year. */
  from: Day;
  newestDay: Day;
}

export interface Anchor {
  /** Null while the newest record is not known, and is known not to be of the last days. */
  day: Day | null;
  today: Day;
  /** The hour that the tenant's clock shows. */
  hour: Bucket;
  /** A later day that presets could be anchored at, after new records arrived. */
  newerDay: Day | null;
  moveToNewer: () => void;
  /** Null where no record is dated after today, or while that is not known. */
  future: Future | null;
  /** No record is dated up to today. */
  isEmpty: boolean;
  /** There is no record at all. */
  isUnused: boolean;
  error: AggregateError | null;
  retry: () => void;
}

/**
 * Today is taken for it until more is known, so that a view can ask all its questions at once: all answers come
 * together, and only where no record is of the last days a second question tells of which day the newest is.
 */
export function useAnchor(cube: CubeName, timezone: string): Anchor {
  const hour = useHour(timezone);
  const today = dayOf(hour);
  const recent = useAggregate(recentQuestion(cube, today, quietDaysMax + 1));
  const isQuiet = recent.data && !(Number(recent.data[0]?.[`${cube}.count`] ?? 0) > 0);
  const past = useNewest(cube, { upTo: today }, isQuiet === true, 1);
  const later = useNewest(cube, { after: today }, true);

  const error = recent.error ?? past.error;
  const newest = past.day === undefined ? null : anchorFor(past.day, today);
  const fitting = isQuiet === true ? newest : isQuiet === undefined && error ? null : today;
  const isSettled = !recent.isPlaceholderData && past.isSettled;
  const [pinned, setPinned] = useState<Day | null>(null);
  if (pinned === null && isSettled && fitting !== null && fitting !== today) {
    setPinned(fitting);
  }
  const current = pinned ?? fitting;

  const newerDay = current !== null && fitting !== null && fitting > current ? fitting : null;
  const { day: newestDay, count, oldestYear } = later;
  const isEmpty = past.day === null;
  const isUnused = isEmpty && later.day === null;
  const { retry: retryRecent } = recent;
  const { retryYears, retryDays } = past;
  // The same object while it says the same: a write moves what was asked here, and the view stays.
  return useMemo(
    () => ({
      ...{ day: current, today, hour, newerDay, isEmpty, isUnused, error },
      moveToNewer: () => setPinned(fitting === today ? null : fitting),
      future: newestDay ? { count, from: startOfFuture(oldestYear, today), newestDay } : null,
      retry: () => {
        for (const retry of [retryRecent, retryYears, retryDays]) retry();
      },
    }),
    // oxfmt-ignore
    [
      current, today, hour, newerDay, isEmpty, isUnused, error, fitting,
      newestDay, count, oldestYear, retryRecent, retryYears, retryDays,
    ],
  );
}

interface Newest {
  /** Undefined: not known yet, or not asked. Null: there is no record. */
  day: Day | null | undefined;
  /** Records of the years that were asked for. */
  count: number;
  /** The first of those years. */
  oldestYear: string | undefined;
  /** Nothing of it belongs to an earlier question. */
  isSettled: boolean;
  error: AggregateError | null;
  retryYears: () => void;
  retryDays: () => void;
}

/** The newest day that has records on one side of a day: first its year, then, where it is wanted, the day within. */
function useNewest(cube: CubeName, side: Side, isDayWanted: boolean, yearsMax?: number): Newest {
  const years = useAggregate(yearsQuestion(cube, side, yearsMax));
  const newestYear = bucketOf(years, bucketKey(cube, "year"))?.slice(0, 4);
  const days = useAggregate(
    newestYear === undefined || !isDayWanted ? "skip" : newestDayQuestion(cube, side, newestYear),
  );
  const isEmpty = years.status === "success" && years.data.length === 0;
  return {
    day: isEmpty ? null : isDayWanted ? bucketOf(days, bucketKey(cube, "day")) : undefined,
    oldestYear: bucketOf(years, bucketKey(cube, "year"), -1)?.slice(0, 4),
    count: (years.data ?? []).reduce((sum, row) => sum + Number(row[`${cube}.count`] ?? 0), 0),
    isSettled: !years.isPlaceholderData && !days.isPlaceholderData,
    error: years.error ?? days.error,
    retryYears: years.retry,
    retryDays: days.retry,
  };
}

function startOfFuture(oldestYear: string | undefined, today: Day): Day {
  const tomorrow = addDays(today, 1);
  const yearStart = `${oldestYear ?? ""}-01-01`;
  return yearStart > tomorrow ? yearStart : tomorrow;
}

function bucketOf(answer: AggregateAnswer, key: string, index = 0): Day | undefined {
  const bucket = answer.status === "success" ? answer.data.at(index)?.[key] : undefined;
  return typeof bucket === "string" ? bucket.slice(0, 10) : undefined;
}

export function anchorFor(newest: Day | null, today: Day): Day {
  return newest !== null && newest < addDays(today, -quietDaysMax) ? newest : today;
}

function useHour(timezone: string): Bucket {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), minuteMs);
    return () => clearInterval(timer);
  }, []);
  return hourIn(timezone, now);
}
