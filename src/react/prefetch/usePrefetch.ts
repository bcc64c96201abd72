/** Hover and focus as an intent: what a person dwells on is asked ahead. */
import { useMemo } from "react";
import { useScope, type Scope } from "../context.js";
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
   * Props for what makes a screen ask these questions. The list is made when a pointer or the focus has dwelt on it for
   * 80 ms, or a finger touches it. Without `prefetch` they are none.
   */
  intent: (questions: () => readonly AggregateQuery[]) => IntentProps;
}

/** The same object while the provider's scope is. */
export function usePrefetch(): PrefetchOfScreen {
  const scope = useScope();
  return useMemo(() => new OfScreen(scope), [scope]);
}

class OfScreen implements PrefetchOfScreen {
  /** Nothing is dwelt on but one thing at a time. */
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly scope: Scope) {}

  readonly ahead: PrefetchOfScreen["ahead"] = (...queries) => {
    this.scope.prefetch?.ahead(this.scope, queries);
  };

  readonly intent: PrefetchOfScreen["intent"] = (questions) => {
    if (!this.scope.prefetch) return {};
    const ask = () => {
      this.leave();
      this.ahead(...questions());
    };
    const dwell = () => {
      this.leave();
      this.timer = setTimeout(ask, aheadLimits.dwellMs);
    };
    return {
      // A finger tells by its touch.
      onPointerEnter: ({ pointerType }) => {
        if (pointerType !== "touch") dwell();
      },
      ...{ onPointerLeave: this.leave, onFocus: dwell, onBlur: this.leave, onTouchStart: ask },
    };
  };

  private readonly leave = (): void => clearTimeout(this.timer);
}
