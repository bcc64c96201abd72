/** What people ask of a cube, by form: the same members and conditions on other days and values are one pattern. */

export interface Pattern {
  cube: string;
  /** `questionKey` of its questions. */
  form: string;
  /** The newest question of that form, normalised, as Cube's JSON (`lib/cubeJson/queryJson.ts`). */
  query: Readonly<Record<string, unknown>>;
  /** Times that it was asked: estimated, where reports were sampled. */
  asked: number;
  /** Reports that `asked` rests upon. */
  reports: number;
  /** Epoch ms. */
  firstSeen: number;
  lastSeen: number;
  /**
   * Reports by what answered: "cube.rollup", "cube.statistic", "scan", or the code of a refusal. Several are joined by
   * ", "; "browser" answers from records in the browser.
   */
  routes: Readonly<Record<string, number>>;
  /** Of `asked`, what browsers answered from tiles that they hold: that is no call. Absent for none. */
  held?: number;
}
