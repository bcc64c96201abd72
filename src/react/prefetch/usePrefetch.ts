/** Hover and focus as an intent: what a person dwells on is asked ahead. */
import { useMemo } from "react";
import { useScope } from "../context.js";
import type { AggregateQuery } from "../query.js";
import { aheadLimits } from "./limits.js";

/** Props of a button, a tab or a link. */
export interface IntentProps {
  onPointerEnter?: (event: { pointerType: string }) => void;
  onPointerLeave?: () => void;
  onFocus?: () => void;
  onBlur?: () => void;
  onTouchStart?: () => void;
}

export interface PrefetchOfScreen {
  /** Asks these questions ahead now, if nothing waits and the budget holds them. */
  ahead: (...queries: readonly AggregateQuery[]) => void;
  /**
   * Props for what makes a screen ask these questions. They are made when a pointer or the focus has dwelt on it for
   * 80 ms, or a finger touches it. Without `prefetch` they are none.
   */
  intent: (questions: () => readonly AggregateQuery[]) => IntentProps;
}

/** The same object while the provider's scope is. */
export function usePrefetch(): PrefetchOfScreen {
  const scope = useScope();
  return useMemo(() => {
    const { prefetch } = scope;
    // Nothing is dwelt on but one thing at a time.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = () => clearTimeout(timer);
    const ask = (queries: readonly AggregateQuery[]) => prefetch?.ahead(scope, queries);
    const intent = (questions: () => readonly AggregateQuery[]): IntentProps => {
      if (!prefetch) return {};
      const now = () => {
        leave();
        ask(questions());
      };
      const dwell = () => {
        leave();
        timer = setTimeout(now, aheadLimits.dwellMs);
      };
      return {
        // A finger tells by its touch.
        onPointerEnter: ({ pointerType }) => {
          if (pointerType !== "touch") dwell();
        },
        ...{ onPointerLeave: leave, onFocus: dwell, onBlur: leave, onTouchStart: now },
      };
    };
    return { intent, ahead: (...queries) => ask(queries) };
  }, [scope]);
}
