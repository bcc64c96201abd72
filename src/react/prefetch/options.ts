/** What an app may say of asking ahead. */

export interface PrefetchOptions {
  /**
   * Bytes of answers and tiles that may come ahead in an hour (default 2 MB); it fills up evenly. Nothing is asked ahead
   * that it does not hold.
   */
  budget?: number;
  /** Where what was learned is kept, and whose it is. Without it, it ends when the provider is unmounted. */
  keep?: Keep;
}

export interface Keep {
  /** `sessionStorage` for as long as the tab lives, `localStorage` for longer. Steps hold the values that were filtered by. */
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** The user who is signed in: what one has done is never told of another. */
  user: string;
}
