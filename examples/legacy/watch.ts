/** What dashboards of viewing history compute in the browser, from all records that they hold. */
import {
  dateOf,
  groupBy,
  isIn,
  monthOf,
  rounded,
  sumOf,
  topOf,
  type Range,
  type WatchRecord,
} from "./records.js";

const within = (records: readonly WatchRecord[], range: Range) =>
  records.filter(({ watchedAt }) => isIn(watchedAt, range));

export function computeTotals(records: readonly WatchRecord[], range: Range) {
  const seen = within(records, range);
  const seconds = seen.map(({ durationSeconds }) => durationSeconds);
  const total = sumOf(seconds, (one) => one);
  return {
    views: seen.length,
    seconds: rounded(total, 3),
    average: seen.length === 0 ? null : rounded(total / seen.length, 6),
    shortest: seconds.length === 0 ? null : seconds.reduce((a, b) => Math.min(a, b)),
    longest: seconds.length === 0 ? null : seconds.reduce((a, b) => Math.max(a, b)),
  };
}

export function computeViewsByDay(records: readonly WatchRecord[], range: Range) {
  const days = groupBy(within(records, range), ({ watchedAt }) => dateOf(watchedAt));
  return [...days]
    .map(([date, views]) => ({ date, views: views.length }))
    .sort((a, b) => (a.date < b.date ? -1 : 1));
}

export function computeSecondsByMonth(records: readonly WatchRecord[], range: Range) {
  const months = groupBy(within(records, range), ({ watchedAt }) => monthOf(watchedAt));
  return [...months]
    .map(([month, views]) => ({
      month,
      seconds: rounded(
        sumOf(views, ({ durationSeconds }) => durationSeconds),
        3,
      ),
    }))
    .sort((a, b) => (a.month < b.month ? -1 : 1));
}

export function computeTopChannels(records: readonly WatchRecord[], range: Range, count: number) {
  const channels = groupBy(within(records, range), ({ channel }) => channel);
  return topOf(
    [...channels].map(([channel, views]) => [channel, views.length]),
    count,
  );
}

/** A view with several topics counts under each. */
export function computeTopTopics(records: readonly WatchRecord[], range: Range, count: number) {
  const views = new Map<string, number>();
  for (const { topics } of within(records, range)) {
    for (const topic of new Set(topics)) views.set(topic, (views.get(topic) ?? 0) + 1);
  }
  return topOf(views, count);
}

export function computeCategoryShares(records: readonly WatchRecord[], range: Range) {
  const seen = within(records, range);
  const shares = [...groupBy(seen, ({ category }) => category)].map(
    ([category, views]): [string, number] => [category, rounded(views.length / seen.length, 9)],
  );
  return topOf(shares, shares.length);
}

/** Views by hour of day, in UTC: 24 numbers. */
export function computeTimeOfDay(records: readonly WatchRecord[], range: Range) {
  const hours = Array<number>(24).fill(0);
  for (const { watchedAt } of within(records, range)) {
    const hour = new Date(watchedAt).getUTCHours();
    hours[hour] = hours[hour]! + 1;
  }
  return hours;
}

/** Views by weekday and hour, Monday first: 7 times 24 numbers. */
export function computeWeekGrid(records: readonly WatchRecord[], range: Range) {
  const grid = Array.from({ length: 7 }, () => Array<number>(24).fill(0));
  for (const { watchedAt } of within(records, range)) {
    const date = new Date(watchedAt);
    const hours = grid[(date.getUTCDay() + 6) % 7]!;
    hours[date.getUTCHours()] = hours[date.getUTCHours()]! + 1;
  }
  return grid;
}

export function computeTopVideos(
  records: readonly WatchRecord[],
  range: Range,
  category: string,
  count: number,
) {
  const seen = within(records, range).filter((record) => record.category === category);
  const videos = groupBy(seen, ({ videoId }) => videoId);
  return topOf(
    [...videos].map(([video, views]) => [video, views.length]),
    count,
  );
}

export function computeActiveViewers(records: readonly WatchRecord[], range: Range) {
  const months = groupBy(within(records, range), ({ watchedAt }) => monthOf(watchedAt));
  return [...months]
    .map(([month, views]) => ({ month, viewers: new Set(views.map(({ viewer }) => viewer)).size }))
    .sort((a, b) => (a.month < b.month ? -1 : 1));
}

/** The share of a month's viewers who watch in the next month, too. */
export function computeRetention(records: readonly WatchRecord[], range: Range) {
  const months = groupBy(within(records, range), ({ watchedAt }) => monthOf(watchedAt));
  const viewers = new Map(
    [...months].map(([month, views]) => [month, new Set(views.map(({ viewer }) => viewer))]),
  );
  return retentionOf(viewers);
}

export function retentionOf(viewers: ReadonlyMap<string, ReadonlySet<string>>) {
  return [...viewers.keys()].sort().map((month) => {
    const before = viewers.get(month)!;
    const after = viewers.get(nextMonth(month)) ?? new Set();
    const kept = [...before].filter((viewer) => after.has(viewer)).length;
    return { month, retention: rounded(kept / before.size, 9) };
  });
}

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return monthOf(Date.UTC(year, number, 1));
}

/** The most days in a row on which anything was watched. */
export function computeLongestStreak(records: readonly WatchRecord[], range: Range) {
  return longestStreak(new Set(within(records, range).map(({ watchedAt }) => dateOf(watchedAt))));
}

export function longestStreak(dates: ReadonlySet<string>): number {
  let longest = 0;
  for (const date of dates) {
    if (dates.has(moved(date, -1))) continue;
    let length = 1;
    while (dates.has(moved(date, length))) length++;
    longest = Math.max(longest, length);
  }
  return longest;
}

const moved = (date: string, days: number) =>
  dateOf(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000);
