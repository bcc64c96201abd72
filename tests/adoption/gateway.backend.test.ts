/** `npx convex-rollups gateway` in an app that has installed the package. */
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, inject, test } from "vitest";

const packed = inject("packed");
const installed = join(packed.folder, "node_modules");
const command = "convex-rollups/dist/cli/rollups/main.js";
const nowhere = "http://127.0.0.1:9";
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

function start(modules: string, ...args: string[]) {
  const child = spawn(process.execPath, [join(modules, command), "gateway", ...args]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => (output += data.toString()));
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, ended, output: () => output };
}

test("it listens, is alive, and ends when it is told to", async () => {
  const { child, ended, output } = start(installed, "--url", nowhere, "--port", "0");
  await expect.poll(output, { timeout: 30_000 }).toContain('"listens"');
  const { url } = JSON.parse(output()) as { url: string };
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([503, { health: "DOWN" }]);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("where ws is missing, it says what to install", async () => {
  const folder = await mkdtemp(join(tmpdir(), "without-ws-"));
  folders.push(folder);
  const modules = join(folder, "node_modules");
  await mkdir(modules);
  for (const name of await readdir(installed)) {
    if (name === "ws" || name.startsWith(".")) continue;
    if (name === "convex-rollups") {
      await cp(join(installed, name), join(modules, name), { recursive: true });
    } else await symlink(join(installed, name), join(modules, name));
  }
  const { ended, output } = start(modules, "--url", nowhere, "--port", "0");
  expect(await ended).toBe(1);
  expect(output()).toMatch(/^MissingPackage: [^]*npm install ws\n$/);
});
