/** A copy of the app whose cubes can be changed and pushed, as a developer would. */
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pushApp, type PushTarget } from "../../local/push";
import type { Definitions } from "./definitions";

const root = join(import.meta.dirname, "../..");

export class App {
  private constructor(private readonly cwd: string) {}

  static async layOut(): Promise<App> {
    const cwd = await mkdtemp(join(tmpdir(), "soak-app-"));
    for (const part of ["convex", "lib", "package.json", "tsconfig.json"])
      await cp(join(root, part), join(cwd, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(cwd, "node_modules"));
    return new App(cwd);
  }

  /** Rejects when the backend dies meanwhile; the push may have come through all the same. */
  async push(backend: PushTarget, definitions: Definitions): Promise<void> {
    const cubes = Object.entries(definitions).map(
      ([name, cube]) => `export const ${name} = defineCube(${JSON.stringify(cube)});`,
    );
    const text = [
      'import { defineCube } from "../lib/model/defineCube";',
      ...cubes,
      `export const catalogue = { ${Object.keys(definitions).join(", ")} };\n`,
    ];
    await writeFile(join(this.cwd, "convex/cubes.ts"), text.join("\n"));
    await pushApp(backend, { cwd: this.cwd });
  }

  async remove(): Promise<void> {
    await rm(this.cwd, { recursive: true, force: true });
  }
}
