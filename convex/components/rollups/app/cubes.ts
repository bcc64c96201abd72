/** Looking up cubes by the names that stored rows carry. */
import type { CubeDefinition } from "../../../../lib/model/cube.js";
import type { App } from "./app.js";

/** A cube of the app by name; throws when its code no longer has it. */
export function mustCube({ app }: { app: Pick<App, "cubes"> }, name: string): CubeDefinition {
  const cube = Object.hasOwn(app.cubes, name) ? app.cubes[name] : undefined;
  if (cube === undefined) throw new Error(`The app has no cube "${name}".`);
  return cube;
}
