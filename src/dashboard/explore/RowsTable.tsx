/** Every row of an answer; a press on a column's head asks for another order. */
import { useState } from "react";
import type { Table } from "../charts/table.js";
import { formatCount } from "../format/numbers.js";
import type { Order } from "./asked.js";

/** More are shown when they are asked for. */
const shownMax = 100;

export interface RowsTableProps extends Table {
  order: Order | null;
  onSort: (member: string, isNumber: boolean) => void;
}

export function RowsTable({ caption, columns, rows, order, onSort }: RowsTableProps) {
  const [isAll, setAll] = useState(false);
  const shown = isAll ? rows : rows.slice(0, shownMax);
  return (
    <>
      <div className="table-scroll explore-rows" tabIndex={0} role="region" aria-label="Rows">
        <table className="table">
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {columns.map(({ key, title, isNumber = false }) => {
                const isBy = order?.member === key;
                const isDescending = isBy && order.isDescending;
                return (
                  <th
                    key={key}
                    scope="col"
                    className={isNumber ? "number" : undefined}
                    aria-sort={isBy ? (isDescending ? "descending" : "ascending") : undefined}
                  >
                    <button
                      type="button"
                      className="explore-sort"
                      onClick={() => onSort(key, isNumber)}
                    >
                      {title}
                      <span aria-hidden>{isBy ? (isDescending ? " ↓" : " ↑") : ""}</span>
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, i) => (
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
      {rows.length > shownMax && (
        <button
          type="button"
          className="button button-quiet show-all"
          onClick={() => setAll(!isAll)}
        >
          {isAll ? `Show the first ${shownMax}` : `Show all ${formatCount(rows.length)} rows`}
        </button>
      )}
    </>
  );
}
