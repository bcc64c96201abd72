/** What hooks would show of a question now, without asking anything. */
import type { AggregateRows } from "../api.js";
import type { Scope } from "../context.js";
import type { HeldStore } from "../held/index.js";
import type { Request } from "../query.js";

/** As `useRollupOutcome` asks it: equal arguments share a subscription. */
export function watchRows({ client, api, tenant }: Scope, { wire, freshness }: Request) {
  return client.watchQuery(api.rows, { ...tenant, query: wire as never, freshness });
}

/** The backend's answer, a failure, or undefined before there is either. */
export function backendsAnswer(scope: Scope, request: Request): AggregateRows | Error | undefined {
  const told = scope.boards.read(request.key);
  if (told !== "alone") return told;
  try {
    return watchRows(scope, request).localQueryResult();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The store that answers a question where it can; folded answers are the backend's. */
export type StoreOf = (request: Request) => HeldStore | null;

/** Of a question that is watched: whether there is an answer, or a failure. */
export function isAnswered(scope: Scope, storeOf: StoreOf, request: Request): boolean {
  const here = storeOf(request)?.read(request) ?? null;
  return here === null ? backendsAnswer(scope, request) !== undefined : here.kind !== "pending";
}
