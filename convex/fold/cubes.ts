/** Looking up cubes by the names that stored rows carry. */
import type { CubeDefinition } from "../../lib/model/cube";
import { catalogue } from "../cubes";

/** A cube of the catalogue by name; throws when the code no longer has it. */
export function mustCube(name: string): CubeDefinition {
  const cubes: Record<string, CubeDefinition> = catalogue;
  const cube = Object.hasOwn(cubes, name) ? cubes[name] : undefined;
  if (cube === undefined) throw new Error(`The catalogue has no cube "${name}".`);
  return cube;
}
