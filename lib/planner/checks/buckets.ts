import type { Match } from "../match.js";
import type { Check } from "./check.js";

/** A range that no whole bucket lies in is read from the source alone, which is what a scan is for. */
export const buckets: Check<Match> = (_, { reading: { segments } }) =>
  segments.length === 0 || segments.some(({ kind }) => kind === "tiles")
    ? null
    : {
        code: "GranularityTooCoarse",
        message: "the range holds no whole bucket of this rollup",
      };
