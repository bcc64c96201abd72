/** Every bound of what a browser is sent to hold, with its reason. */
export const heldLimits = {
  /** Text of one range of tiles: half a second of a slow line. Null is answered beyond, and `rows` is asked. */
  tilesBytes: 512 * 1024,
  /** Stored tiles that are read for it: their empty slots take room. As much as an answer takes half a second for. */
  tilesReadBytes: 3 * 1024 * 1024,
  /** Unfolded changes that are sent: the tail is sent whole with each append, so the sum grows with its square, … */
  tailChanges: 500,
  /** … log rows of the tail, … */
  tailRows: 200,
  /** … and their size. A longer tail is not sent, and answers are as of what is folded. */
  tailBytes: 128 * 1024,
  /** Sizes of tiles are taken again after this long: they change slowly, and all viewers load the catalog again. */
  sizesMs: 86_400_000,
};
