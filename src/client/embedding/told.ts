/**
 * What a caller with a lock is told beside figures: nothing that records outside the lock decide. Tiles, the log and
 * what a question takes are those of all records.
 */
import { ConvexError, type Value } from "convex/values";
import type { Considered, PlannedQuery } from "../../../lib/planner/plan.js";

type Data = Record<string, unknown>;

/** Refusals that the question and the definitions decide alone. Of others the code is told. */
const ofQuestion: readonly unknown[] = [
  ...["Forbidden", "InvalidQuery", "InvalidDateRange", "InvalidTimezone", "UnsupportedQuery"],
  ...["UnsupportedOperator", "TooManyBuckets", "BatchTooLarge"],
];

/** Runs `body`; its refusals say what they may. */
export async function refusingLocked<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw error instanceof ConvexError ? new ConvexError(refusalOf(error.data)) : error;
  }
}

/** What an error says, as data. */
function refusalOf(data: unknown): Value {
  const { code, retryAfterMs } = { ...(data as object) } as Data;
  if (ofQuestion.includes(code)) return { ...(data as Record<string, Value>) };
  return {
    code: code as Value,
    message: "This question is not answered.",
    ...(retryAfterMs !== undefined && { retryAfterMs: retryAfterMs as Value }),
  };
}

/** An answer without the commit that it is of. */
export function answerOfLocked<Answer>(answer: Answer): Answer {
  const { asOf: _, ...told } = answer as Data;
  return told as Answer;
}

export function boardOfLocked<Board>(board: Board): Board {
  const { answers } = board as { answers: ({ answer: unknown } | { refusal: unknown })[] };
  const told = answers.map((one) =>
    "answer" in one ? { answer: answerOfLocked(one.answer) } : { refusal: refusalOf(one.refusal) },
  );
  return { answers: told } as Board;
}

/** Which rollup answers and why others do not, without what it costs and how rollups are stored. */
export function explanationOfLocked<Explained>(explained: Explained): Explained {
  const { query, ranges, ...only } = explained as Data & { ranges?: PlannedQuery[] };
  return {
    query,
    ...planned(only as unknown as PlannedQuery),
    ...(ranges && { ranges: ranges.map((range) => ({ ...range, ...planned(range) })) }),
  } as Explained;
}

function planned({ plan, considered }: PlannedQuery) {
  return {
    plan: plan && {
      rollup: { cube: plan.rollup.cube, name: plan.rollup.name },
      generation: plan.generation,
      segments: plan.segments,
    },
    considered: considered.map(({ rollup, generation, refusal }) => ({
      ...{ rollup, generation },
      refusal: refusal && toldOf(refusal),
    })),
  };
}

/** A generation that failed says why in words of its records. */
function toldOf({ code, message, member }: NonNullable<Considered["refusal"]>) {
  const isOfState = code === "Failed" || code === "SourceExpired";
  return { code, message: isOfState ? "does not serve" : message, ...(member && { member }) };
}
