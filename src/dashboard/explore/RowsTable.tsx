/** Every row of an answer; a press on a column's head asks for another order. */
import { useState } from "react";
import { DataTable } from "../charts/DataTable.js";
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
  const orderBy = (key: string) =>
    order?.member !== key ? undefined : order.isDescending ? "descending" : "ascending";
  const arrows = { ascending: " ↑", descending: " ↓" };
  return (
    <>
      <DataTable
        caption={caption}
        label="Rows"
        className="explore-rows"
        columns={columns}
        rows={isAll ? rows : rows.slice(0, shownMax)}
        sorted={({ key }) => orderBy(key)}
        head={({ key, title, isNumber = false }) => {
          const by = orderBy(key);
          return (
            <button type="button" className="explore-sort" onClick={() => onSort(key, isNumber)}>
              {title}
              <span aria-hidden>{by && arrows[by]}</span>
            </button>
          );
        }}
      />
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
