/** The table behind a chart: the same rows as text, for reading, copying and screen readers. */

export interface Column<TRow> {
  key: string;
  title: string;
  isNumber?: boolean;
  text: (row: TRow) => string;
}

export interface DataTableProps<TRow> {
  caption: string;
  columns: readonly Column<TRow>[];
  rows: readonly TRow[];
}

export function DataTable<TRow>({ caption, columns, rows }: DataTableProps<TRow>) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={column.isNumber ? "number" : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {columns.map((column, j) =>
                j === 0 ? (
                  <th key={column.key} scope="row">
                    {column.text(row)}
                  </th>
                ) : (
                  <td key={column.key} className={column.isNumber ? "number" : undefined}>
                    {column.text(row)}
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
