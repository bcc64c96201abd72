/**
 * A step of a person, as a text: the questions that a screen came to ask at once. Days are told from the newest day of
 * the step before, so that what was learned yesterday holds today.
 */
import { questionKey } from "../rollout/questionKey.js";
import { DAY_MS } from "../time/civil.js";
import { prefetchLimits } from "./limits.js";

export interface StepQuestion {
  cube: string;
  /** Cube's JSON, as it is sent. */
  query: Readonly<Record<string, unknown>>;
  freshness: "live" | "folded";
}

export type Step = readonly StepQuestion[];

const DAY = /^\d{4}-\d\d-\d\d$/;

/** A day within the text of a step. No query has an object of this form. */
type Told = { "@day": number };

/** The newest day that a step names, in days since 1970-01-01; null where it names none. O(size). */
export function newestDay(step: Step): number | null {
  let newest: number | null = null;
  JSON.stringify(step, (_, value: unknown) => {
    const day = dayOf(value);
    if (day !== null && (newest === null || day > newest)) newest = day;
    return value;
  });
  return newest;
}

/** Equal texts, equal steps as seen from a day. The order of questions is none; that of a query's fields stays. O(size). */
export function textOf(step: Step, base: number | null): string {
  const questions = step.map(({ cube, query, freshness }) =>
    JSON.stringify({ cube, query, freshness }, (_, value: unknown) => {
      const day = base === null ? null : dayOf(value);
      return day === null ? value : ({ "@day": day - base! } satisfies Told);
    }),
  );
  return `[${questions.sort().join()}]`;
}

/** The step of a text as seen from a day; null where it cannot be, or the text is none of `textOf`. O(size). */
export function stepOf(text: string, base: number | null): StepQuestion[] | null {
  try {
    const step = JSON.parse(text, (_, value: unknown) => {
      const offset = (value as Partial<Told> | null)?.["@day"];
      return offset === undefined ? value : printDay(base! + offset, base);
    }) as StepQuestion[];
    const isSound = step.every(
      ({ cube, query, freshness }) =>
        typeof cube === "string" &&
        typeof query === "object" &&
        query !== null &&
        (freshness === "live" || freshness === "folded"),
    );
    return isSound && step.length <= prefetchLimits.questionsMax ? step : null;
  } catch {
    return null;
  }
}

/**
 * Names of a step to begin from, the closest first: these very questions, seen from their own newest day; and their
 * forms, whatever ranges and values they have. O(size).
 */
export function namesOf(step: Step): readonly [exact: string, form: string] {
  const forms = step.map(({ cube, query }) => questionKey(cube, query));
  return [
    `exact ${shortNameOf(textOf(step, newestDay(step)))}`,
    `form ${shortNameOf([...new Set(forms)].sort().join())}`,
  ];
}

/** FNV-1a of 32 bits, and the length: a step that is taken for another is a guess that does not come true. O(length). */
function shortNameOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return `${text.length}.${(hash >>> 0).toString(36)}`;
}

function dayOf(value: unknown): number | null {
  if (typeof value !== "string" || !DAY.test(value)) return null;
  const number = Date.parse(value) / DAY_MS;
  // A day that no calendar has is a text like any other.
  return !Number.isNaN(number) && printDay(number, 0) === value ? number : null;
}

/** Throws a `RangeError` where there is no day to tell from. */
function printDay(number: number, base: number | null): string {
  return new Date(base === null ? NaN : number * DAY_MS).toISOString().slice(0, 10);
}
