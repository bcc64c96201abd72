/** How many lines it takes to get from one folder to another. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Lines added to, and removed from, files that the second folder has; all lines of new files. */
export async function diffLines(before: string, after: string): Promise<number> {
  let lines = 0;
  const entries = await readdir(after, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const old = join(before, file.slice(after.length));
    lines += await changed(existsSync(old) ? old : "/dev/null", file);
  }
  return lines;
}

/** Lines that a reader of the change sees as new: a line that is replaced counts once. */
async function changed(old: string, file: string): Promise<number> {
  const { stdout } = await run("git", ["diff", "--no-index", "--numstat", old, file]).catch(
    (error: { stdout: string }) => error,
  );
  const [added = "0", removed = "0"] = stdout.split("\t");
  return Math.max(Number(added), Number(removed));
}
