/** Where a question is answered, as apps are told; apart from the code that tells it, which no page has at first. */
/** Why the server answers a question. */
export type Reason =
  /** No rollup can answer it. */
  | "NoRollup"
  /** Its range begins or ends within a bucket, or in a zone that needs records. */
  | "Edge"
  /** Its tiles are more than a question may fetch, or its rows more than an answer has. */
  | "TooLarge"
  /** An extreme of the range is lost until it is repaired. */
  | "ExtremePending"
  /** What came is not understood by this code. */
  | "OtherCode"
  /** The backend speaks another version of what is held, as after a deploy: the page has to be loaded again. */
  | "Outdated"
  /** The caller has no view key. */
  | "NoKey"
  /** The engine does not accept it; the server says why. */
  | "Invalid"
  /** Its rollups are folded to different commits, or within one that the tail does not complete. */
  | "Apart"
  /** Its tiles are fetched when the first screen is there. */
  | "Later";

export interface Explained {
  /** "browser": from tiles that it holds or may fetch. "nowhere": no rollup answers it. */
  answeredBy: "browser" | "backend" | "nowhere";
  /** Why it is not the browser. */
  reason: Reason | null;
  /** "cube.rollup@generation"; null where it is not the browser's. */
  servedBy: string | null;
  /** What it would have to fetch first, about. */
  missingBytes: number;
  /** Some rollup of the cube is still being built, or none has begun to be: what is answered nowhere may be then. */
  isBuilding: boolean;
}
