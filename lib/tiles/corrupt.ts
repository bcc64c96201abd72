/** What is wrong with a tile that cannot be read. */
import { RollupsError } from "../errors.js";
import type { StoredRollup } from "../model/rollup.js";

/** A part of a tile by its name. Throws `CorruptTile` where it is missing. */
export function mustHave<T>(rollup: StoredRollup, parts: { [name: string]: T }, name: string): T {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (part === undefined) throw corrupt(rollup, `${name} is missing`);
  return part;
}

/** `CorruptTile`, naming the rollup. */
export function corrupt(rollup: StoredRollup, problem: string): RollupsError {
  return new RollupsError("CorruptTile", `A tile of ${rollup.cube}.${rollup.name}: ${problem}`, {
    cube: rollup.cube,
    rollup: rollup.name,
  });
}
