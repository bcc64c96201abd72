/** A command at a terminal of its own, made by util-linux's `script`. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { projectRoot } from "../../../cli/demo/backendProcess.js";

const TIMEOUT_MS = 60_000;

export function openTerminal(cwd: string, ...args: string[]) {
  const command = [
    process.execPath,
    ...["--import", import.meta.resolve("tsx")],
    ...[join(projectRoot, "cli/rollups/main.ts"), ...args],
  ];
  const child = spawn(
    "script",
    ["-qec", `stty cols 120 rows 40; ${command.join(" ")}`, "/dev/null"],
    {
      cwd,
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  let screen = "";
  child.stdout.on("data", (data: Buffer) => (screen += data.toString()));
  const status = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return {
    status,
    type: (keys: string) => child.stdin.write(keys),
    /** Waits until the screen has shown `text`. */
    async until(text: string): Promise<void> {
      const end = Date.now() + TIMEOUT_MS;
      while (!stripVTControlCharacters(screen).includes(text)) {
        if (Date.now() > end) throw new Error(`"${text}" was never shown:\n${screen}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
