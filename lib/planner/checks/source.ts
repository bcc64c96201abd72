import { reachesExpired } from "../../model/expiry.js";
import type { Match } from "../match.js";
import type { Check } from "./check.js";

/** Edges within buckets are read from the source, which is whole from an instant on; null: all of it. */
export function source(sourceFrom: number | null): Check<Match> {
  return (_, { reading: { segments } }) => {
    const gone = segments.find(
      ({ kind, from, to }) => kind === "facts" && reachesExpired(sourceFrom, from, to),
    );
    if (gone === undefined) return null;
    return {
      code: "SourceExpired",
      message: "would need records that have expired, at an edge of the range within a bucket",
    };
  };
}
