/** The unfolded changes of a cube as they travel to a browser. */

/** As `held:tail` answers. */
export interface WireTail {
  isLive: boolean;
  /** Commit of the oldest change that some tiles lack, as text; null where none do. */
  unfoldedSince: string | null;
  /** By `toWireChanges`, in log order; how each was read by its place in `readings`. */
  changes: string;
  readings: string[];
  /** The tiles of a generation and `changes[from…to)` are as of the watermark. `rollup` is "cube.rollup". */
  generations: {
    rollup: string;
    generation: number;
    from: number;
    to: number;
    watermark: string;
  }[];
}
