/** Rows that come and go above what is read do not move it. At the top the newest come into sight. */
import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";

export function useAnchoredScroll(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly { id: string }[],
  indexes: ReadonlyMap<string, number>,
  rowHeight: number,
): void {
  /** The row at the top, and its index, as they were before the rows changed. */
  const top = useRef<{ id: string; index: number } | null>(null);
  useLayoutEffect(() => {
    const at = top.current;
    const moved = at === null ? 0 : (indexes.get(at.id) ?? at.index) - at.index;
    if (at !== null && moved !== 0 && scroller.current) {
      scroller.current.scrollBy({ top: moved * rowHeight, behavior: "instant" });
      top.current = { id: at.id, index: at.index + moved };
    }
  }, [scroller, indexes, rowHeight]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const note = () => {
      const index = Math.floor(element.scrollTop / rowHeight);
      const id = rows[index]?.id;
      top.current = element.scrollTop < rowHeight / 2 || id === undefined ? null : { id, index };
    };
    note();
    element.addEventListener("scroll", note, { passive: true });
    return () => element.removeEventListener("scroll", note);
  }, [scroller, rows, rowHeight]);
}
