/**
 * What a screen says about a failure: its own words for every code, never the backend's text. Failures
 * that are nobody's question get a calm sentence and a reference; the console has the rest.
 */
import type { AggregateError, ErrorCode, ErrorKind } from "../../react/index.js";

export interface Words {
  title: string;
  text: string;
}

const declined = {
  NoRollup: {
    title: "No rollup covers this",
    text: "Too many records would have to be read for it. Fewer filters or a shorter period may do.",
  },
  ZoneMismatch: {
    title: "Not known in this time zone",
    text: "What is kept does not fit the days and hours of this zone.",
  },
  SourceExpired: {
    title: "Some records are not kept any more",
    text: "This needs records that have expired. A later period can be shown.",
  },
  QueryTooLarge: {
    title: "Too much to read at once",
    text: "A shorter period, a coarser granularity or fewer values can be shown.",
  },
  EdgeTooLarge: {
    title: "Too many records at the edge of the period",
    text: "A period of whole days can be shown.",
  },
  EdgeNotFolded: {
    title: "The period ends within a day",
    text: "A period of whole days can be shown.",
  },
  EdgeNotHeld: {
    title: "The period ends within a day",
    text: "A period of whole days can be shown.",
  },
  TooManyRows: {
    title: "Too many values to show",
    text: "A shorter period, a coarser granularity or more filters can be shown.",
  },
  TooManyBuckets: {
    title: "Too many points to show",
    text: "A shorter period or a coarser granularity can be shown.",
  },
  UnsupportedQuery: {
    title: "This cannot be asked",
    text: "These choices do not go together.",
  },
  UnsupportedOperator: {
    title: "This cannot be asked",
    text: "These choices do not go together.",
  },
} as const satisfies Record<ErrorCode<"refusal">, Words>;

const postponed = {
  Building: {
    title: "Still being built",
    text: "The figures appear by themselves when the rollup is ready.",
  },
  Behind: {
    title: "Catching up",
    text: "The figures appear by themselves when the newest records are in.",
  },
  ExtremePending: {
    title: "Being looked up again",
    text: "A smallest or largest value was removed. The figures appear by themselves.",
  },
  TooManyWrites: {
    title: "Too many records at once",
    text: "They can be sent again in a moment.",
  },
  TooManyRequests: {
    title: "Asked too often",
    text: "It can be asked again in a moment.",
  },
} as const satisfies Record<ErrorCode<"transient">, Words>;

const otherKinds = {
  unavailable: {
    title: "Not available right now",
    text: "It is asked for again by itself in a moment.",
  },
  input: { title: "This cannot be asked", text: "The link or the choices are not understood." },
  access: { title: "You may not see this", text: "Your role does not allow it, or it is gone." },
  fault: { title: "This could not be loaded", text: "Something went wrong." },
} as const satisfies Record<Exclude<ErrorKind, "refusal" | "transient">, Words>;

const byCode: ReadonlyMap<string, Words> = new Map(Object.entries({ ...declined, ...postponed }));

/** Title and text for a failure; of what is logged the text ends with its reference. */
export function failureWords({ code, kind, reference }: AggregateError): Words {
  const own = byCode.get(code);
  if (own !== undefined) return own;
  const { title, text } = otherKinds[kind === "refusal" || kind === "transient" ? "fault" : kind];
  const isLogged = kind === "fault" || kind === "unavailable";
  return isLogged ? { title, text: `${text} Reference ${reference}.` } : { title, text };
}

/**
 * The filtered dimension without which some rollup could answer, by what the refusal says of the rollups
 * that were considered; null where no single one is in the way.
 */
export function filterInTheWay(
  { details }: AggregateError,
  filtered: readonly string[],
): string | null {
  const considered = Array.isArray(details["considered"]) ? details["considered"] : [];
  const missing = (considered as { refusal?: { code?: string; member?: string } | null }[]).flatMap(
    ({ refusal }) =>
      refusal?.code === "FilterNotCovered" || refusal?.code === "FanOut"
        ? [refusal.member?.split(".")[1] ?? ""]
        : [],
  );
  return filtered.find((dimension) => missing.includes(dimension)) ?? null;
}
