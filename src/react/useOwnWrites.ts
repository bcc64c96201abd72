/** Reading one's own writes: the newest commit that this screen has written, for `useAggregate`. */
import { useCallback, useContext, useMemo } from "react";
import type { CommitTsPlaceholder } from "convex/values";
import { OwnWritesContext, useScope } from "./context.js";

/** What a mutation returns about its commit, which is a number by the time a client has it. */
export interface Written {
  commitTs: bigint | string | CommitTsPlaceholder;
}

export interface OwnWrites {
  /** The newest commit remembered for the tenant; undefined before the first. Pass it to `useAggregate`. */
  atLeast: string | undefined;
  /** Remembers a write, for every hook under the provider; returns what it is given. */
  remember: <Result extends Written>(written: Result) => Result;
}

/** One memory per provider and tenant. */
export function useOwnWrites(): OwnWrites {
  const { tenantId } = useScope();
  const { commits, add } = useContext(OwnWritesContext);
  const atLeast = commits.get(tenantId)?.toString();
  const remember = useCallback(
    <Result extends Written>(written: Result): Result => {
      add(tenantId, BigInt(String(written.commitTs)));
      return written;
    },
    [add, tenantId],
  );
  return useMemo(() => ({ atLeast, remember }), [atLeast, remember]);
}
