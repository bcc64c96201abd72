/** How much one stored tile holds. */

/**
 * Non-null cells per chunk before it is split: some 5–10 KB as stored, so that a fold rewrites
 * little and a document stays far below Convex's 1 MiB. Sketches count by their length.
 */
export const CELLS_MAX = 128;
