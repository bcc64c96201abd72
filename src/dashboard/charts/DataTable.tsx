/** The table behind a chart: the same rows as text, for reading, copying and screen readers. */
import type { Table } from "./table.js";

export function DataTable({ caption, columns, rows }: Table) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={`${caption}, rows`}>
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ key, title, isNumber }) => (
              <th key={key} scope="col" className={isNumber ? "number" : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {columns.map(({ key, isNumber }, j) =>
                j === 0 ? (
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
