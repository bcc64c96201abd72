/** What every way to answer a query gives. */

import { RollupsError } from "../errors.js";
import { ANSWER_ROWS_MAX } from "./limits.js";

/** Member name → value; a time dimension with granularity is `member.granularity`, as local wall clock. */
export type Row = Record<string, string | number | null>;

/** The column that tells the row of what a limit leaves out: how many rows it stands for; null in all others. */
export const OTHERS_COLUMN = "others";

export interface Answer {
  rows: Row[];
  /** Rows before limit and offset, where the query asks for it. */
  total: number | null;
}

/** Throws `TooManyRows` where the rows are more than an answer has, on the backend and in the browser. */
export function mustFitAnswer({ rows: { length } }: Pick<Answer, "rows">): void {
  if (length <= ANSWER_ROWS_MAX) return;
  throw new RollupsError(
    "TooManyRows",
    `The answer has more than ${ANSWER_ROWS_MAX} rows; page with limit.`,
    { rows: length, rowsMax: ANSWER_ROWS_MAX },
  );
}
