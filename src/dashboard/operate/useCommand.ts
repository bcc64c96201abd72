/** What an operator has done, one at a time: it is under way, done, or refused. */
import { useState } from "react";
import { toAggregateError } from "../../react/index.js";
import { failureWords } from "../format/failures.js";

export interface Command {
  isRunning: boolean;
  /** What to announce; null before the first. */
  said: { text: string; isFailure: boolean } | null;
  /** `done` is said once it has worked. */
  run: (does: () => Promise<unknown>, done: string) => void;
}

export function useCommand(): Command {
  const [isRunning, setRunning] = useState(false);
  const [said, say] = useState<Command["said"]>(null);
  const run = (does: () => Promise<unknown>, done: string) => {
    setRunning(true);
    say(null);
    does()
      .then(
        () => say({ text: done, isFailure: false }),
        (thrown: unknown) => {
          console.error(thrown);
          const { title, text } = failureWords(toAggregateError(thrown));
          say({ text: `${title}. ${text}`, isFailure: true });
        },
      )
      .finally(() => setRunning(false));
  };
  return { isRunning, said, run };
}
