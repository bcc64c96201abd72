/** What the backend says of a question, asked once: which rollup answers it, and what that takes. */
import { useEffect, useState } from "react";
import { useConvex } from "convex/react";
import { toAggregateError, type AggregateError, type AggregateQuery } from "../../react/index.js";
import { functions } from "../api.js";
import type { Explained, Explanation } from "./explanation.js";

export type ExplanationState =
  | { status: "pending" }
  /** `explained` where the answer alone was refused, or failed. */
  | { status: "error"; error: AggregateError; explained: Explained | null }
  /** `ms` from the question to the answer, here. */
  | { status: "ready"; explanation: Explanation; at: number; ms: number };

const pending: ExplanationState = { status: "pending" };

/** `delayMs`: questions that are only passed through are not asked about. */
export function useExplanation(
  query: AggregateQuery | undefined,
  tenantId: string,
  delayMs = 0,
): ExplanationState {
  const convex = useConvex();
  const [found, setFound] = useState<{ key: string; state: ExplanationState } | null>(null);
  const text = JSON.stringify(query);
  const key = `${tenantId} ${text}`;

  useEffect(() => {
    let isOver = false;
    const asked = { tenantId, query: JSON.parse(text ?? "{}") as AggregateQuery };
    const ask = async (): Promise<ExplanationState> => {
      const explaining = convex.query(functions.explain, asked);
      const startedAt = performance.now();
      try {
        const answered = await convex.query(functions.load, asked);
        const ms = performance.now() - startedAt;
        const explained = await explaining;
        return { status: "ready", explanation: { explained, answered }, at: Date.now(), ms };
      } catch (cause) {
        const explained = await explaining.catch(() => null);
        return { status: "error", error: toAggregateError(cause), explained };
      }
    };
    const timer = setTimeout(() => {
      void ask().then((state) => isOver || setFound({ key, state }));
    }, delayMs);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [convex, tenantId, text, key, delayMs]);

  return found?.key === key ? found.state : pending;
}
