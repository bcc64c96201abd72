/** Subscriptions whose errors are values, as a screen of several cards wants them. */
import { useMemo } from "react";
import { useQueries } from "convex/react";
import type { FunctionReference } from "convex/server";
import { toAggregateError, type AggregateError } from "../../react/index.js";

export type Asked<T> =
  | { status: "pending" }
  | { status: "error"; error: AggregateError }
  | { status: "ready"; value: T };

export function useAsked<Args extends { tenantId: string }, T>(
  query: FunctionReference<"query", "public", Args, T>,
  tenantId: string,
): Asked<T> {
  // Another object would be another subscription.
  const queries = useMemo(() => ({ asked: { query, args: { tenantId } } }), [query, tenantId]);
  const { asked } = useQueries(queries) as { asked: T | Error | undefined };
  if (asked === undefined) return { status: "pending" };
  if (asked instanceof Error) return { status: "error", error: toAggregateError(asked) };
  return { status: "ready", value: asked };
}
