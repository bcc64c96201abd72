/** Rows as text, for reading, copying and screen readers: behind a chart, or by themselves. */
import type { ReactNode } from "react";
import type { Table } from "./table.js";

type ColumnHead = Table["columns"][number];

export interface DataTableProps extends Table {
  /** Of the region that scrolls (default: the caption). */
  label?: string;
  className?: string;
  /** What stands in a column's head (default: its title), … */
  head?: (column: ColumnHead) => ReactNode;
  /** … and the order that the rows are in by it. */
  sorted?: (column: ColumnHead) => "ascending" | "descending" | undefined;
}

export function DataTable(props: DataTableProps) {
  const {
    caption,
    columns,
    rows,
    label = `${caption}, rows`,
    className = "",
    head,
    sorted,
  } = props;
  return (
    <div
      className={`table-scroll ${className}`.trim()}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={column.isNumber ? "number" : undefined}
                aria-sort={sorted?.(column)}
              >
                {head ? head(column) : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {columns.map(({ key, isNumber = false }, j) =>
                j === 0 && !isNumber ? (
                  <th key={key} scope="row">
                    {row[j]?.text}
                  </th>
                ) : (
                  <td key={key} className={isNumber ? "number" : undefined}>
                    {row[j]?.text}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
