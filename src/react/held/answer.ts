/** What the evaluator is given of the blocks that are held, and what is made of its answers and refusals. */
import { RollupsError } from "../../../lib/errors.js";
import { tilesWithin, type Block } from "../../../lib/planner/blocks.js";
import type { TileRead } from "../../../lib/tiles/cover.js";
import type { DecodedTile } from "../../../lib/tiles/decodedTile.js";
import type { Row } from "../query.js";
import type { HeldBlocks } from "./HeldBlocks.js";
import type { Reason } from "./explained.js";
import type { Need } from "./routes.js";

/** Null for a read that was not planned: finer tiles, of a lost extreme. */
export function tilesOf(
  needs: readonly Need[],
  read: TileRead,
  blocks: HeldBlocks,
): readonly DecodedTile[] | null {
  const need = needs.find((one) => isSame(one.read, read));
  if (need === undefined) return null;
  const parts: { block: Block; tiles: readonly DecodedTile[] }[] = [];
  for (const part of need.parts) {
    const found = blocks.find(part);
    if (typeof found?.text !== "string") return null;
    parts.push({ block: part.block, tiles: blocks.tilesOf(found) });
  }
  return tilesWithin(read, parts);
}

function isSame(a: TileRead, b: TileRead): boolean {
  return (
    a.level.granularity === b.level.granularity &&
    a.fromPartition === b.fromPartition &&
    a.toPartition === b.toPartition
  );
}

/** Why the server has to answer what could not be evaluated. */
export function reasonOf(error: unknown): Reason {
  switch (error instanceof RollupsError ? error.code : null) {
    case "ExtremePending":
      return "ExtremePending";
    case "EdgeNotHeld":
    case "ZoneMismatch":
      return "Edge";
    case "TooManyRows":
    case "TooManyBuckets":
      return "TooLarge";
    default:
      return "OtherCode";
  }
}

/** Whether a screen would show the same. O(values). */
export function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((row, i) => {
    const other = b[i] as Row;
    if (row === other) return true;
    const names = Object.keys(row);
    return (
      names.length === Object.keys(other).length && names.every((name) => row[name] === other[name])
    );
  });
}
