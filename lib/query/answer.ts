/** What every way to answer a query gives. */

/** Member name → value; a time dimension with granularity is `member.granularity`, as local wall clock. */
export type Row = Record<string, string | number | null>;

export interface Answer {
  rows: Row[];
  /** Rows before limit and offset, where the query asks for it. */
  total: number | null;
}
