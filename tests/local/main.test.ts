/** The command line program: what it says once it is ready, and what it refuses. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../../local/main.ts");
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "local-main-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs it until it says how strict it is, or ends by itself. */
async function run(...words: string[]): Promise<{ output: string; status: number | null }> {
  const ports = ["--port", "0", "--site-port", "0"];
  const child = spawn(process.execPath, ["--import", TSX, MAIN, ...ports, ...words], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const read = (data: Buffer) => {
    output += data.toString();
    if (/profile \w+\n/.test(output)) child.kill("SIGTERM");
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { output, status };
}

describe("the command line program", () => {
  it("says its addresses and its profile when it is ready", async () => {
    const said = (profile: string) =>
      new RegExp(
        `^ready http://127\\.0\\.0\\.1:\\d+\nHTTP actions at http://127\\.0\\.0\\.1:\\d+, profile ${profile}\n$`,
      );
    expect(await run()).toEqual({ output: expect.stringMatching(said("production")), status: 0 });
    const relaxed = await run("--profile", "relaxed", "--limits", '{"conflictRetries":1}');
    expect(relaxed).toEqual({ output: expect.stringMatching(said("relaxed")), status: 0 });
  });

  it("says how it is used", async () => {
    const { output, status } = await run("--help");
    expect(output).toMatch(/^npx tsx local\/main\.ts \[options\]\n[^]*--limits JSON/);
    expect(status).toBe(0);
  });

  it("refuses profiles, limits and options that there are not, in a line", async () => {
    const option = await run("--nothing");
    expect(option.output).toMatch(/^Unknown option '--nothing'.*\n$/);
    expect(option.status).toBe(1);
    const wrong = await run("--profile", "strict");
    expect(wrong.output).toContain('--profile is production or relaxed, not "strict"');
    expect(wrong.status).toBe(1);
    const unknown = await run("--limits", '{"userTime":1}');
    expect(unknown.output).toContain('There is no limit "userTime" of the type number');
    expect(unknown.status).toBe(1);
  });
});
