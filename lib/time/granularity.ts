/** The bucket sizes of the calendar, finest first. Weeks are ISO weeks (Monday). */
export const granularities = [
  ...(["quarterHour", "hour", "day"] as const),
  ...(["week", "month", "quarter", "year"] as const),
] as const;

export type Granularity = (typeof granularities)[number];
