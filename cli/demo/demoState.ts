/** What a data directory holds, so that a second start continues the first one's data. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type DemoState = {
  /** Records per cube. */
  records: number;
  /** Where the history ends (epoch ms); a later start does not move it, or all rows would be new. */
  end: number;
  seed: string;
  loaded: boolean;
};

const file = "demo.json";

export async function readDemoState(dataDir: string): Promise<DemoState | undefined> {
  try {
    return JSON.parse(await readFile(join(dataDir, file), "utf8")) as DemoState;
  } catch {
    return undefined;
  }
}

export async function writeDemoState(dataDir: string, state: DemoState): Promise<void> {
  const path = join(dataDir, file);
  // Renaming replaces the file as a whole: a crash leaves the old one or the new one.
  await writeFile(`${path}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${path}.new`, path);
}
