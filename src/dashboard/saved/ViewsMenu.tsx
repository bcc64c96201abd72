/** The button below which views are kept and found; what it opens is fetched with it. */
import { lazy, Suspense } from "react";
import { ChevronIcon, ViewsIcon } from "../chrome/icons.js";
import { usePopover } from "../chrome/usePopover.js";
import type { ViewsPanelProps } from "./ViewsPanel.js";

const ViewsPanel = lazy(async () => ({ default: (await import("./ViewsPanel.js")).ViewsPanel }));

export function ViewsMenu(props: Omit<ViewsPanelProps, "onChosen">) {
  const { isOpen, toggle, close, ref, panelId } = usePopover();
  const leave = () => {
    close();
    ref.current?.querySelector("button")?.focus();
  };
  return (
    <div className="popover" ref={ref}>
      <button
        type="button"
        className="button"
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={toggle}
      >
        <ViewsIcon />
        <span className="views-name">Saved views</span>
        <ChevronIcon />
      </button>
      {isOpen && (
        <div className="popover-panel views" id={panelId} role="dialog" aria-label="Saved views">
          <Suspense fallback={<p className="views-note">Loading</p>}>
            <ViewsPanel {...props} onChosen={leave} />
          </Suspense>
        </div>
      )}
    </div>
  );
}
