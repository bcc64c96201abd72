/** The tenant's views: each shows itself, and is forgotten; what is looked at is kept by a name, or copied as a link. */
import { useState, type FormEvent } from "react";
import { useConvex, useQuery } from "convex/react";
import { CheckIcon } from "../chrome/icons.js";
import { Boundary } from "../records/Boundary.js";
import { RemoveIcon } from "../records/icons.js";
import { parseUrlState, printUrlState, type UrlState } from "../model/urlState.js";
import { updateUrlState, useUrlState } from "../model/useUrlState.js";
import { useCommand } from "../operate/useCommand.js";
import * as functions from "./functions.js";

/** As the backend has it. */
const nameMax = 60;

export interface ViewsPanelProps {
  tenantId: string;
  canWrite: boolean;
  /** Once a view is shown. */
  onChosen: () => void;
}

/** What an address says but for the tenant, in the same words for the same view. */
const searchOf = (state: UrlState) => printUrlState({ ...state, tenant: null });

export function ViewsPanel(props: ViewsPanelProps) {
  return (
    <Boundary of={props.tenantId}>
      <Panel {...props} />
    </Boundary>
  );
}

function Panel({ tenantId, canWrite, onChosen }: ViewsPanelProps) {
  const convex = useConvex();
  const views = useQuery(functions.list, { tenantId });
  const [url] = useUrlState();
  const [name, setName] = useState("");
  const { isRunning, said, run } = useCommand();
  const current = searchOf(url);

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    const kept = name.trim();
    if (kept === "") return;
    run(async () => {
      await convex.mutation(functions.save, { tenantId, name: kept, search: current });
      setName("");
    }, `Saved as “${kept}”.`);
  };
  const show = ({ search }: functions.SavedView) => {
    updateUrlState({ ...parseUrlState(search), tenant: tenantId }, "view");
    onChosen();
  };
  const forget = ({ name: of }: functions.SavedView) =>
    run(() => convex.mutation(functions.remove, { tenantId, name: of }), `Removed “${of}”.`);

  return (
    <>
      {views === undefined ? (
        <p className="views-note">Loading</p>
      ) : views.length === 0 ? (
        <p className="views-note">
          No views yet. {canWrite && "Save what you look at, for everyone of the tenant."}
        </p>
      ) : (
        <ul className="options">
          {views.map((view) => {
            const isCurrent = searchOf(parseUrlState(view.search)) === current;
            return (
              <li key={view.name} className="views-row">
                <button
                  type="button"
                  className="option"
                  aria-pressed={isCurrent}
                  onClick={() => show(view)}
                >
                  {view.name}
                  {isCurrent && <CheckIcon />}
                </button>
                {canWrite && (
                  <button
                    type="button"
                    className="icon-button"
                    aria-label={`Remove the view ${view.name}`}
                    title="Remove"
                    disabled={isRunning}
                    onClick={() => forget(view)}
                  >
                    <RemoveIcon />
                  </button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {canWrite && (
        <form className="views-form" onSubmit={onSubmit}>
          <label>
            <span className="visually-hidden">Name of this view</span>
            <input
              value={name}
              maxLength={nameMax}
              placeholder="Name of this view"
              onChange={(event) => setName(event.target.value)}
            />
          </label>
          <button type="submit" className="button" disabled={isRunning || name.trim() === ""}>
            Save
          </button>
        </form>
      )}
      <button
        type="button"
        className="option"
        onClick={() => run(() => navigator.clipboard.writeText(location.href), "Link copied.")}
      >
        Copy link to this view
      </button>
      <p className="views-note" role="status">
        {said?.text}
      </p>
    </>
  );
}
