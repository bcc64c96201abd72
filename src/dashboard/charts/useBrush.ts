/**
 * Picking a stretch of a chart's axis: by dragging over it, or by Shift with the keys that move the cursor. A drag
 * applies when it is released, the keys by Enter; Escape leaves either.
 */
import { useRef, useState, type KeyboardEvent, type PointerEvent } from "react";

/** Indexes of buckets, both included. */
export interface Range {
  from: number;
  to: number;
}

/** What a chart does with a range. */
export interface Brush {
  /** The range that is taken where these buckets are picked. */
  snap: (range: Range) => Range;
  name: (range: Range) => string;
  onApply: (range: Range) => void;
}

/** A press that moves less is a click. */
const dragMinPx = 6;

interface Pick {
  from: number;
  to: number;
  by: "pointer" | "keys";
}

export function useBrush(brush: Brush | undefined, count: number) {
  const [pick, setPick] = useState<Pick | null>(null);
  const press = useRef<{ index: number; x: number } | null>(null);
  const last = count - 1;
  const range =
    brush && pick && count > 0
      ? brush.snap({
          from: Math.min(pick.from, pick.to, last),
          to: Math.min(Math.max(pick.from, pick.to), last),
        })
      : null;
  const leave = () => {
    press.current = null;
    setPick(null);
  };
  const apply = () => {
    if (range) brush?.onApply(range);
    leave();
  };

  return {
    range,
    by: pick?.by,
    leave,
    /** Whether the key was one of the brush's; `next` is where it would move the cursor. */
    onKeyDown(event: KeyboardEvent, at: number | null, next: number | null | undefined): boolean {
      if (!brush) return false;
      if (pick && (event.key === "Enter" || event.key === "Escape")) {
        if (event.key === "Enter") apply();
        else leave();
        return true;
      }
      if (typeof next !== "number") return false;
      if (event.shiftKey) setPick({ from: pick?.from ?? at ?? next, to: next, by: "keys" });
      else leave();
      return false;
    },
    onPointerDown(event: PointerEvent<SVGSVGElement>, index: number) {
      if (!brush || event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      press.current = { index, x: event.clientX };
      setPick(null);
    },
    onPointerMove(event: PointerEvent, index: number) {
      const start = press.current;
      if (!start || (!pick && Math.abs(event.clientX - start.x) < dragMinPx)) return;
      setPick({ from: start.index, to: index, by: "pointer" });
    },
    onPointerUp() {
      if (press.current && pick) apply();
      else press.current = null;
    },
  };
}
