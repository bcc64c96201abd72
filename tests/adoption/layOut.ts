/** Apps outside the repository that install the package as it would be published. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { diffLines } from "./diff.js";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

interface Manifest {
  devDependencies: Record<string, string>;
  dependencies: Record<string, string>;
}

/** What is packed and installed once, for all suites that adopt it. */
export interface Packed {
  folder: string;
  tarball: string;
}

/** A folder whose `node_modules` hold the packed package and what an app has beside it. */
export class Installation {
  private constructor(readonly packed: Packed) {}

  /** The one that `packOnce` has made. */
  static of(packed: Packed): Installation {
    return new Installation(packed);
  }

  /** Builds, packs and installs. Takes some 30 s. */
  static async make(): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), "adoption-"));
    await run("npm", ["run", "--silent", "build"], { cwd: root });
    const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", folder], {
      cwd: root,
    });
    const tarball = join(folder, stdout.trim());
    const { devDependencies, dependencies } = JSON.parse(
      await readFile(join(root, "package.json"), "utf8"),
    ) as Manifest;
    const versions = { ...devDependencies, ...dependencies };
    const beside = [
      ...["convex", "convex-helpers", "react", "react-dom", "@types/react", "@types/react-dom"],
      ...["@types/node", "typescript", "convex-ents"],
      ...["vite", "vitest", "convex-test", "@edge-runtime/vm", "eslint", "typescript-eslint"],
    ];
    const manifest = {
      name: "app",
      private: true,
      type: "module",
      dependencies: {
        ...Object.fromEntries(beside.map((name) => [name, versions[name]])),
        "convex-rollups": `file:${tarball}`,
      },
    };
    await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
    await run("npm", ["install", "--no-audit", "--no-fund"], { cwd: folder });
    return new Installation({ folder, tarball });
  }

  /** A new app with the files of some folders, later ones over earlier ones. */
  async layOut(...parts: string[]): Promise<AppFolder> {
    const { folder } = this.packed;
    const cwd = await mkdtemp(join(folder, "app-"));
    await cp(join(folder, "package.json"), join(cwd, "package.json"));
    await symlink(join(folder, "node_modules"), join(cwd, "node_modules"));
    const app = new AppFolder(cwd);
    for (const part of parts) await app.add(part);
    return app;
  }

  async remove(): Promise<void> {
    await rm(this.packed.folder, { recursive: true, force: true });
  }
}

export class AppFolder {
  constructor(readonly cwd: string) {}

  /** Adds the files of a folder of this directory. */
  async add(part: string): Promise<void> {
    await cp(join(import.meta.dirname, part), this.cwd, { recursive: true });
  }

  /** Begins `npx convex-rollups` in the app's folder. */
  command(...args: string[]): ChildProcess {
    const bin = join(this.cwd, "node_modules/convex-rollups/dist/cli/rollups/main.js");
    return spawn(process.execPath, [bin, ...args], { cwd: this.cwd, stdio: "pipe" });
  }

  /** What it says in the end, and its exit status; null where it was killed. */
  async commandDone(...args: string[]): Promise<{ said: string; status: number | null }> {
    const child = this.command(...args);
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (data: Buffer) => (said += data.toString()));
    const [status] = (await once(child, "close")) as [number | null];
    return { said, status };
  }

  /** The output of the app's own tests; rejects where one fails. */
  async test(): Promise<string> {
    const vitest = join(this.cwd, "node_modules/vitest/vitest.mjs");
    const { stdout } = await run(process.execPath, [vitest, "run"], { cwd: this.cwd });
    return stdout;
  }

  /** The compiler's complaints; none where it has none. */
  async typeErrors(): Promise<string> {
    const tsc = join(this.cwd, "node_modules/typescript/bin/tsc");
    return await run(process.execPath, [tsc, "--noEmit", "-p", this.cwd]).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
  }
}

/** Lines that differ between two folders of this directory: those of new files, and those added and removed. */
export async function changedLines(before: string, after: string): Promise<number> {
  return await diffLines(join(import.meta.dirname, before), join(import.meta.dirname, after));
}
