/** Changing and removing records, each with the way back. What was done last is what can be undone. */
import { useState } from "react";
import { useConvex } from "convex/react";
import { toAggregateError } from "../../react/index.js";
import { failureWords } from "../format/failures.js";
import type { CubeName } from "../model/views.js";
import { mutations, type Row, type Stored } from "./functions.js";

export interface Said {
  text: string;
  isFailure: boolean;
  /** Resolves with the id of the record that is back; null where that did not work. */
  undo?: () => Promise<string | null>;
}

export interface Changes {
  /** What to announce; null before the first. */
  said: Said | null;
  isRunning: boolean;
  dismiss: () => void;
  /** Throws what the backend refuses: the form says it at the field. */
  edit: (record: Stored, patch: Row, name: string) => Promise<void>;
  /** Whether it worked. */
  remove: (record: Stored, name: string) => Promise<boolean>;
}

export function useChanges(tenantId: string, cube: CubeName): Changes {
  const convex = useConvex();
  const { record, update, remove } = mutations[cube];
  const [said, say] = useState<Said | null>(null);
  const [isRunning, setRunning] = useState(false);

  const run = async <T>(does: () => Promise<T>): Promise<T> => {
    setRunning(true);
    say(null);
    try {
      return await does();
    } finally {
      setRunning(false);
    }
  };
  const fail = (thrown: unknown): null => {
    console.error(thrown);
    const { title, text } = failureWords(toAggregateError(thrown));
    say({ text: `${title}. ${text}`, isFailure: true });
    return null;
  };
  const undoing = (does: () => Promise<{ id: string }>, done: string) => () =>
    run(does).then(({ id }) => {
      say({ text: done, isFailure: false });
      return id;
    }, fail);

  return {
    ...{ said, isRunning },
    dismiss: () => say(null),
    edit: async ({ id }, patch, name) => {
      const { before } = await run(() => convex.mutation(update, { tenantId, id, patch }));
      const back = () => convex.mutation(update, { tenantId, id, patch: before });
      say({
        ...{ text: `Changed ${name}.`, isFailure: false },
        undo: undoing(back, `${name} is as it was.`),
      });
    },
    remove: ({ id }, name) =>
      run(() => convex.mutation(remove, { tenantId, id })).then(
        ({ row }) => {
          const back = () => convex.mutation(record, { tenantId, row });
          say({
            ...{ text: `Removed ${name}.`, isFailure: false },
            undo: undoing(back, `${name} is back.`),
          });
          return true;
        },
        (thrown: unknown) => fail(thrown) !== null,
      ),
  };
}
