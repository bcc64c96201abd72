/**
 * The app of the README's "Use it with your own table": the product's convex/ and lib/ with the
 * fixture's schema, cube and mutations in place of the shipped ones, in a folder of its own.
 */
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** What the shipped cubes bring, and an app with cubes of its own leaves out. */
const SHIPPED = ["watch.ts", "inventory.ts"];

/** Lays the app out in a new temporary folder. Remove it with `remove`. */
export async function layOutApp(): Promise<{ cwd: string; remove: () => Promise<void> }> {
  const cwd = await mkdtemp(join(tmpdir(), "own-table-"));
  const skipped = new Set([...SHIPPED, "_generated"].map((name) => join(root, "convex", name)));
  await cp(join(root, "convex"), join(cwd, "convex"), {
    recursive: true,
    filter: (path) => !skipped.has(path),
  });
  await cp(join(root, "lib"), join(cwd, "lib"), { recursive: true });
  await cp(join(import.meta.dirname, "fixture/convex"), join(cwd, "convex"), { recursive: true });
  await cp(join(root, "package.json"), join(cwd, "package.json"));
  await cp(join(root, "tsconfig.json"), join(cwd, "tsconfig.base.json"));
  await writeFile(
    join(cwd, "tsconfig.json"),
    JSON.stringify({ extends: "./tsconfig.base.json", include: ["convex", "lib"] }),
  );
  await symlink(join(root, "node_modules"), join(cwd, "node_modules"));
  return { cwd, remove: () => rm(cwd, { recursive: true, force: true }) };
}
