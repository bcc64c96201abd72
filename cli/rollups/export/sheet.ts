/** A file of rows that is being written. */
import type { Row } from "../../../lib/query/answer.js";
import type { About } from "./about.js";

export interface Sheet {
  write(rows: readonly Row[]): Promise<void>;
  /** Puts the file in its place, with what it says of itself. */
  finish(about: About): Promise<void>;
  /** Leaves nothing. */
  drop(): Promise<void>;
}
