/** Which columns are shown. One always is. */
import { Popover } from "../chrome/Popover.js";
import type { Column } from "./columns.js";
import { ColumnsIcon } from "./icons.js";

export interface ColumnsMenuProps {
  columns: readonly Column[];
  isShown: (field: string) => boolean;
  onToggle: (field: string) => void;
}

export function ColumnsMenu({ columns, isShown, onToggle }: ColumnsMenuProps) {
  const shown = columns.filter(({ field }) => isShown(field)).length;
  return (
    <Popover
      face={
        <>
          <ColumnsIcon />
          Columns
        </>
      }
    >
      {({ id }) => (
        <fieldset className="popover-panel popover-menu record-columns" id={id}>
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
    </Popover>
  );
}
