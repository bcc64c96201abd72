/** Figures that stand still while they are looked at. */
import { createContext, useContext, useState } from "react";
import { useAggregate, type AggregateAnswer, type AggregateQuery } from "../../react/index.js";

export const PauseContext = createContext(false);

export const useIsPaused = () => useContext(PauseContext);

/** A value, or what it was when the pause began. */
export function useHeld<Value>(value: Value, isHeld: boolean): Value {
  const [held, setHeld] = useState<{ value: Value } | null>(null);
  if (isHeld && held === null) setHeld({ value });
  if (!isHeld && held !== null) setHeld(null);
  return isHeld && held !== null ? held.value : value;
}

/** The answer to a question. During a pause it changes with the question only: what people choose they are shown. */
export function useFigures(query: AggregateQuery | "skip"): AggregateAnswer {
  const answer = useAggregate(query);
  const isPaused = useIsPaused();
  const key = JSON.stringify(query);
  const isSettled = answer.error === null && answer.data !== undefined && !answer.isPlaceholderData;
  const [held, setHeld] = useState<{ key: string; answer: AggregateAnswer } | null>(null);
  if (isPaused && isSettled && held?.key !== key) setHeld({ key, answer });
  if (!isPaused && held !== null) setHeld(null);
  return isPaused && held?.key === key ? held.answer : answer;
}
