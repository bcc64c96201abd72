/** What opens below a button, and closes on Escape and on a press outside of it. */
import { useCallback, useId, useRef, useState } from "react";
import { useDismiss } from "./useDismiss.js";

export function usePopover() {
  const [isOpen, setOpen] = useState(false);
  /** Of the element that holds both. */
  const ref = useRef<HTMLDivElement>(null);
  const panelId = useId();
  const toggle = useCallback(() => setOpen((was) => !was), []);
  const close = useCallback(() => setOpen(false), []);
  /** The button has the focus again. */
  const leave = useCallback(() => {
    setOpen(false);
    ref.current?.querySelector("button")?.focus();
  }, []);
  useDismiss(ref, isOpen, close);
  return { isOpen, toggle, leave, ref, panelId };
}
