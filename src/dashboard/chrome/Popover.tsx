/** A button, and what opens below it. That closes on Escape, on a press outside of it, and by itself. */
import type { ReactNode } from "react";
import { usePopover } from "./usePopover.js";

export interface Panel {
  /** Of the element that is the panel. */
  id: string;
  /** Closes it; the button has the focus again. */
  leave: () => void;
}

export interface PopoverProps {
  /** What the button says. */
  face: ReactNode;
  className?: string;
  /** Called while it is open. */
  children: (panel: Panel) => ReactNode;
}

export function Popover({ face, className = "button", children }: PopoverProps) {
  const { isOpen, toggle, leave, ref, panelId } = usePopover();
  return (
    <div className="popover" ref={ref}>
      <button
        type="button"
        className={className}
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={toggle}
      >
        {face}
      </button>
      {isOpen && children({ id: panelId, leave })}
    </div>
  );
}
