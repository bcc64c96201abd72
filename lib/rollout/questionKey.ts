/** What makes two questions of one kind: members, granularities and conditions, but neither days nor values. */
import { canonicalJson, hashText } from "../hash/canonical.js";

type Json = Readonly<Record<string, unknown>>;

/**
 * A short name of a question's form, such as "watch:1f0c9a2b", from a normalised query (`lib/cubeJson/queryJson.ts`). A
 * screen keeps it from day to day, whatever range and filter values people pick. O(size).
 */
export function questionKey(cube: string, query: Json): string {
  const { timeDimensions = [], filters = [], limit: _, rowLimit: __, offset: ___, ...rest } = query;
  const times = (timeDimensions as Json[]).map(({ dateRange: _, compareDateRange, ...time }) => ({
    ...time,
    isComparison: compareDateRange !== undefined,
  }));
  const form = { ...rest, times, filters: (filters as Json[]).map(withoutValues) };
  return `${cube}:${hashText(canonicalJson(form)).slice(0, 8)}`;
}

function withoutValues({ and, or, member, operator }: Json): Json {
  if (Array.isArray(and)) return { and: (and as Json[]).map(withoutValues) };
  if (Array.isArray(or)) return { or: (or as Json[]).map(withoutValues) };
  return { member, operator };
}
