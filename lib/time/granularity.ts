/** The bucket sizes of the calendar, finest first. Weeks are ISO weeks (Monday). */
export const granularities = ["hour", "day", "week", "month", "quarter", "year"] as const;

export type Granularity = (typeof granularities)[number];
