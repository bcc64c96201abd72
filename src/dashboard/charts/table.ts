/** Rows of a widget as cells: text to read, and values to take away. */

export interface Column<TRow> {
  key: string;
  title: string;
  isNumber?: boolean;
  text: (row: TRow) => string;
  /** Where the text is not all of it, as of "1.2K". Null is an empty cell. */
  value?: (row: TRow) => string | number | null;
}

export interface Cell {
  text: string;
  value: string | number | null;
}

export interface Table {
  caption: string;
  columns: readonly { key: string; title: string; isNumber?: boolean }[];
  rows: readonly (readonly Cell[])[];
}

export function tableOf<TRow>(
  caption: string,
  columns: readonly Column<TRow>[],
  rows: readonly TRow[],
): Table {
  const cells = (row: TRow) =>
    columns.map(({ text, value }): Cell => {
      const shown = text(row);
      return { text: shown, value: value ? value(row) : shown };
    });
  return { caption, columns, rows: rows.map(cells) };
}
