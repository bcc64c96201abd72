/** Copies of the reference app, in folders of their own, that a test changes and pushes as a developer would. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pushApp, type PushTarget } from "../../local/push.js";

const root = join(import.meta.dirname, "../..");

/** What the app is made of: its functions, and the engine and the class that these import. */
const parts = [
  "convex",
  "lib",
  "src/client",
  "src/cube",
  "src/http",
  "src/mcp",
  "src/patterns",
  "package.json",
  "tsconfig.json",
];

export class AppCopy {
  private constructor(readonly cwd: string) {}

  static async layOut(): Promise<AppCopy> {
    const cwd = await mkdtemp(join(tmpdir(), "app-copy-"));
    for (const part of parts) await cp(join(root, part), join(cwd, part), { recursive: true });
    await symlink(join(root, "node_modules"), join(cwd, "node_modules"));
    return new AppCopy(cwd);
  }

  async write(path: string, text: string): Promise<void> {
    await writeFile(join(this.cwd, path), text);
  }

  /** Replaces a text of a file, which has to be there. */
  async replace(path: string, from: string, to: string): Promise<void> {
    const text = await readFile(join(this.cwd, path), "utf8");
    if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
    await this.write(path, text.replace(from, to));
  }

  /** Rejects when the backend dies meanwhile; the push may have come through all the same. */
  async push(backend: PushTarget): Promise<void> {
    await pushApp(backend, { cwd: this.cwd });
  }

  async remove(): Promise<void> {
    await rm(this.cwd, { recursive: true, force: true });
  }
}
