/** The button below which views are kept and found; what it opens is fetched with it. */
import { lazy, Suspense } from "react";
import { ChevronIcon, ViewsIcon } from "../chrome/icons.js";
import { Popover } from "../chrome/Popover.js";
import type { ViewsPanelProps } from "./ViewsPanel.js";

const ViewsPanel = lazy(async () => ({ default: (await import("./ViewsPanel.js")).ViewsPanel }));

export function ViewsMenu(props: Omit<ViewsPanelProps, "onChosen">) {
  return (
    <Popover
      face={
        <>
          <ViewsIcon />
          <span className="views-name">Saved views</span>
          <ChevronIcon />
        </>
      }
    >
      {({ id, leave }) => (
        <div className="popover-panel views" id={id} role="dialog" aria-label="Saved views">
          <Suspense fallback={<p className="views-note">Loading</p>}>
            <ViewsPanel {...props} onChosen={leave} />
          </Suspense>
        </div>
      )}
    </Popover>
  );
}
