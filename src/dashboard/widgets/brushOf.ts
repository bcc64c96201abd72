/** What a stretch that is picked on a trend does: the view shows its days. */
import type { Brush } from "../charts/useBrush.js";
import { formatSpan } from "../format/times.js";
import { spanOfBuckets, wholeDays, type Axis } from "./points.js";
import type { View } from "./ViewContext.js";

export function brushOf(axis: Axis | null, { scope, today, setSpan }: View): Brush | undefined {
  if (axis === null) return undefined;
  return {
    snap: (range) => wholeDays(axis, range),
    name: (range) => formatSpan(spanOfBuckets(axis, range, scope.span, today)),
    onApply: (range) => setSpan(spanOfBuckets(axis, range, scope.span, today)),
  };
}
