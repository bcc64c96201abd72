/** A copy of the app whose cubes can be changed and pushed, as a developer would. */
import type { PushTarget } from "../../local/push.js";
import { AppCopy } from "../support/appCopy.js";
import type { Definitions } from "./definitions.js";

export class App {
  private constructor(private readonly copy: AppCopy) {}

  static async layOut(): Promise<App> {
    return new App(await AppCopy.layOut());
  }

  /** Rejects when the backend dies meanwhile; the push may have come through all the same. */
  async push(backend: PushTarget, definitions: Definitions): Promise<void> {
    const cubes = Object.entries(definitions).map(
      ([name, cube]) => `export const ${name} = ${JSON.stringify(cube)};`,
    );
    const names = Object.keys(definitions).join(", ");
    const text = [...cubes, `export const catalogue = { ${names} };\n`];
    await this.copy.write("convex/cubes.ts", text.join("\n"));
    await this.copy.push(backend);
  }

  async remove(): Promise<void> {
    await this.copy.remove();
  }
}
