/**
 * Every code that the engine and the backend fail with, by what a caller can do about it. The compiler
 * refuses a code that is not listed, and hooks and screens read the same lists.
 */

export const errorCodes = {
  /** The question is understood, and is not answered as it is asked. Asked again, it is declined again. */
  refusal: [
    "NoRollup",
    "ZoneMismatch",
    "SourceExpired",
    "QueryTooLarge",
    "EdgeTooLarge",
    "EdgeNotFolded",
    "EdgeNotHeld",
    "TooManyRows",
    "TooManyBuckets",
    "UnsupportedQuery",
    "UnsupportedOperator",
  ],
  /** Declined for now: the same request is accepted later, without anyone's help. */
  transient: ["Building", "Behind", "ExtremePending", "TooManyWrites", "TooManyRequests"],
  /** The platform could not do it now, for a reason that may pass: the hooks ask again, later and later. */
  unavailable: [
    "TimedOut",
    "TooManyConcurrentRequests",
    "OptimisticConcurrencyControlFailure",
    "ServerError",
  ],
  /** What was sent is not valid, or is too much at once. */
  input: [
    "InvalidQuery",
    "InvalidDateRange",
    "InvalidRow",
    "InvalidFact",
    "InvalidTime",
    "InvalidTimezone",
    "InvalidTenant",
    "InvalidCursor",
    "InvalidDays",
    "InvalidDefinition",
    "InvalidLimits",
    "TimeOutOfRange",
    "RangeTooLarge",
    "RangeNotAligned",
    "BatchTooLarge",
    "TransactionBudget",
    "TooManyZones",
    "UnknownCube",
    "UnknownRollup",
    "UnknownLevel",
    "UnknownZone",
    "LogTrimmed",
    "ChangedFile",
    "OtherReading",
    "TooManyRefused",
  ],
  /** The caller may not do this, or it does not exist. */
  access: ["Forbidden"],
  /** Something stored is not as it should be, or does not fit. */
  fault: [
    "CorruptTile",
    "InconsistentCell",
    "NegativeCount",
    "SumOverflow",
    "TileTooLarge",
    "CardinalityExceeded",
    "InvalidPlan",
    "TilesNotHeld",
    "DefinitionChanged",
    "Unrestorable",
    "ArchiveStale",
    "ArchiveCorrupt",
    "NotArchived",
    "SourceUnreachable",
    "MisplacedModule",
  ],
} as const;

export type ErrorKind = keyof typeof errorCodes;

/** The codes of one kind; of all kinds by default. */
export type ErrorCode<Kind extends ErrorKind = ErrorKind> = (typeof errorCodes)[Kind][number];

const kinds: ReadonlyMap<string, ErrorKind> = new Map(
  Object.entries(errorCodes).flatMap(([kind, codes]) =>
    codes.map((code) => [code, kind as ErrorKind] as const),
  ),
);

/** The kind of a code; null for a text that is no code of the list. */
export function kindOf(code: string): ErrorKind | null {
  return kinds.get(code) ?? null;
}

export function isErrorCode(text: string): text is ErrorCode {
  return kinds.has(text);
}
