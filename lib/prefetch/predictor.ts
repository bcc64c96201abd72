/** What a screen asks next, from the steps that were seen. */
import { prefetchLimits, type PrefetchLimits } from "./limits.js";
import { namesOf, newestDay, stepOf, textOf, type Step, type StepQuestion } from "./step.js";
import type { Transitions } from "./transitions.js";

export interface Predicted {
  step: StepQuestion[];
  probability: number;
}

/** `next` followed `step`. Steps that are larger than a screen teach nothing. O(size). */
export function learn(transitions: Transitions, step: Step, next: Step): void {
  const { questionsMax } = prefetchLimits;
  if (step.length > questionsMax || next.length > questionsMax) return;
  const text = textOf(next, newestDay(step));
  for (const name of namesOf(step)) transitions.observe(name, text);
}

/**
 * The likeliest step after this one, where it is likely enough: by these very questions, else by their forms. Null
 * where neither tells. O(targets + size).
 */
export function predictAfter(
  transitions: Transitions,
  step: Step,
  limits: PrefetchLimits = prefetchLimits,
): Predicted | null {
  const base = newestDay(step);
  for (const name of namesOf(step)) {
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
