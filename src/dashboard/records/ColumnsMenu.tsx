/** Which columns are shown. One always is. */
import { usePopover } from "../chrome/usePopover.js";
import type { Column } from "./columns.js";
import { ColumnsIcon } from "./icons.js";

export interface ColumnsMenuProps {
  columns: readonly Column[];
  isShown: (field: string) => boolean;
  onToggle: (field: string) => void;
}

export function ColumnsMenu({ columns, isShown, onToggle }: ColumnsMenuProps) {
  const { isOpen, toggle, ref, panelId } = usePopover();
  const shown = columns.filter(({ field }) => isShown(field)).length;
  return (
    <div className="popover" ref={ref}>
      <button
        type="button"
        className="button"
        aria-expanded={isOpen}
        aria-controls={panelId}
        onClick={toggle}
      >
        <ColumnsIcon />
        Columns
      </button>
      {isOpen && (
        <fieldset className="popover-panel popover-menu record-columns" id={panelId}>
          <legend className="visually-hidden">Columns to show</legend>
          {columns.map(({ field, title }) => (
            <label key={field} className="option">
              {title}
              <input
                type="checkbox"
                checked={isShown(field)}
                disabled={isShown(field) && shown === 1}
                onChange={() => onToggle(field)}
              />
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
