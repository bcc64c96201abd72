import { BUCKETS_MAX } from "../../query/limits.js";
import { meanLengthOf } from "../../time/calendar.js";
import { tooManyBuckets } from "../plan.js";
import type { Check } from "./check.js";

/** A window shows in every bucket of the range, whether it has records or not. */
export const windows: Check<unknown> = ({ query: { time }, scopes }) => {
  if (scopes.windows.length === 0 || time === null) return null;
  const { granularity, from, to } = time;
  if (granularity === null || from === null || to === null) return null;
  return (to - from) / meanLengthOf(granularity) > BUCKETS_MAX ? tooManyBuckets() : null;
};
