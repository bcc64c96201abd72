/** What the drawer shows of an answer: types of `aggregates:explain`, and its parts in people's words. */
import type { Considered as Planned, Refusal } from "../../../lib/planner/plan.js";

/** Of this backend's version, or of another one, whose codes may be others. */
export type Refused = Omit<Refusal, "code"> & { code: string };

/** A rollup that was looked at, with what a thousand answers from it would cost. */
export interface Considered extends Planned {
  price: { documents: number; bytes: number; perThousand: number } | null;
}

/** Half-open, in epoch ms; null is unbounded. */
export type Segment =
  | { kind: "tiles"; level: { granularity: string }; from: number | null; to: number | null }
  | { kind: "facts"; from: number; to: number };

export interface Plan {
  rollup: { name: string };
  generation: number;
  segments: readonly Segment[];
}

export interface Explained {
  plan: Plan | null;
  considered: readonly Considered[];
}

/** What `aggregates:load` says of how it was answered. */
export interface Answered {
  servedBy: string;
  exact: boolean;
  watermark: string;
  verifiedAt: number | null;
  work: { documents: number; bytes: number; indexRanges: number };
}

export interface Explanation {
  explained: Explained;
  answered: Answered;
}

const codeWords: Record<string, string> = {
  Ungrouped: "Rollups keep no single records.",
  DefinitionChanged: "It is of an older definition.",
  Building: "It is still being built.",
  Retiring: "A newer one has taken its place.",
  Failed: "Building it failed; Operate says why.",
  NotCovered: "It does not reach over the whole period.",
  SourceExpired: "It needs records that have expired.",
  TooManyBuckets: "The period has too many buckets.",
};

/** Why a rollup does not answer. Members are named as the cube titles them. */
export function refusalWords(
  { code, message, member }: Refused,
  titleOf: (member: string) => string,
): string {
  const title = member === undefined ? "" : titleOf(member);
  switch (code) {
    case "MissingDimension":
      return `It does not tell ${title} apart.`;
    case "MissingMeasure":
      return `It does not keep ${title}.`;
    case "FilterNotCovered":
      return `It cannot be filtered by ${title}.`;
    case "FanOut":
      return `A record has several values of ${title}, and it would count them twice.`;
    case "GranularityTooCoarse":
      return "Its buckets are longer than the ones asked for.";
    case "ZoneMismatch":
      return "Its days are of another time zone.";
    default:
      return codeWords[code] ?? `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  }
}

export interface Stretch {
  key: string;
  label: string;
  /** Shares of the period, which add up to 1. */
  share: number;
  isRecords: boolean;
}

/** Segments as shares of the period from `from` to `to`, neighbours of one kind as one. Empty for unbounded periods. */
export function stretchesOf(segments: readonly Segment[]): Stretch[] {
  const whole = segments.reduce((sum, { from, to }) => sum + ((to ?? NaN) - (from ?? NaN)), 0);
  if (!(whole > 0)) return [];
  return segments.map((segment) => ({
    key: `${segment.kind} ${segment.from}`,
    label: segmentWords(segment),
    share: ((segment.to ?? 0) - (segment.from ?? 0)) / whole,
    isRecords: segment.kind === "facts",
  }));
}

function segmentWords(segment: Segment): string {
  if (segment.kind === "facts") return "records";
  return segment.level.granularity.replace("quarterHour", "quarter hour");
}
