/** What upkeep costs on Convex's Professional plan: dollars per million calls and per GB of database I/O. */
const PER_MILLION_CALLS = 2;
const PER_GB = 0.2;
const MONTH_S = 30 * 86_400;

export interface Priced {
  callsPerHour: number;
  mbPerHour: number;
  dollarsPerMonth: number;
}

/** What was counted in so many seconds, went on for a month. */
export function priced(calls: number, mb: number, seconds: number): Priced {
  const months = seconds / MONTH_S;
  const dollars = (calls / 1e6) * PER_MILLION_CALLS + (mb / 1000) * PER_GB;
  return {
    callsPerHour: (calls * 3600) / seconds,
    mbPerHour: (mb * 3600) / seconds,
    dollarsPerMonth: dollars / months,
  };
}
