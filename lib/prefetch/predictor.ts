/** What a screen asks next, from the steps that were seen. */
import { prefetchLimits, type PrefetchLimits } from "./limits.js";
import { namesOf, newestDay, stepOf, textOf, type Step, type StepQuestion } from "./step.js";
import type { Transitions } from "./transitions.js";

export interface Predicted {
  step: StepQuestion[];
  probability: number;
}

/** A step to begin from, as it is looked up. */
export interface Begun {
  step: Step;
  base: number | null;
  names: readonly string[];
}

/** O(size): some milliseconds for a screen. */
export function begunWith(step: Step): Begun {
  return { step, base: newestDay(step), names: namesOf(step) };
}

/** `next` followed. Steps that are larger than a screen teach nothing. O(size). */
export function learn(transitions: Transitions, { step, base, names }: Begun, next: Step): void {
  const { questionsMax } = prefetchLimits;
  if (step.length > questionsMax || next.length > questionsMax) return;
  const text = textOf(next, base);
  for (const name of names) transitions.observe(name, text);
}

/**
 * The likeliest step after this one, where it is likely enough: by these very questions, else by their forms. Null
 * where neither tells. O(targets + size).
 */
export function predictAfter(
  transitions: Transitions,
  { base, names }: Begun,
  limits: PrefetchLimits = prefetchLimits,
): Predicted | null {
  for (const name of names) {
    const [first] = transitions.predict(name);
    if (first === undefined || first.probability < limits.probabilityMin) continue;
    const next = stepOf(first.to, base);
    if (next !== null) return { step: next, probability: first.probability };
  }
  return null;
}

/** Whether a hit is worth what misses waste. Bytes are those that are not at hand. O(1). */
export function isWorth(
  probability: number,
  bytes: number,
  { probabilityMin, wasteOfHit }: PrefetchLimits = prefetchLimits,
): boolean {
  return probability >= probabilityMin && bytes * (1 - probability) <= probability * wasteOfHit;
}
