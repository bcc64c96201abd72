import type { StoredRollup } from "../../model/rollup.js";
import { shortName } from "../../query/normalizedQuery.js";
import type { Check } from "./check.js";

/** Buckets are of one time of the cube. */
export const time: Check<StoredRollup> = ({ cube, query }, rollup) => {
  if (query.time === null) return null;
  const member = query.time.dimension;
  const definition = cube.dimensions[shortName(member)];
  if (definition?.type === "time" && definition.field === rollup.timeField) return null;
  return { code: "MissingDimension", message: `is not bucketed by ${member}`, member };
};
