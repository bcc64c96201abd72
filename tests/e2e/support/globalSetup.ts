/** Starts `npm run demo` on free ports, waits until its data is loaded, and stops it at the end. */
import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import type { TestProject } from "vitest/node";
import { stageLimits } from "../../support/stage.js";

declare module "vitest" {
  interface ProvidedContext {
    demoUrl: string;
  }
}

const loadedWithinMs = 240_000;
const stoppedWithinMs = 10_000;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [port, sitePort, uiPort] = await freePorts(3);
  const args = ["--port", port, "--site-port", sitePort, "--ui-port", uiPort, "--records", 4000];
  args.push("--limits", JSON.stringify(stageLimits));
  const demo = spawn("npm", ["run", "demo", "--", ...args.map(String)], {
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that npm's children end with it.
    detached: true,
  });
  try {
    project.provide("demoUrl", await loaded(demo));
  } catch (error) {
    await stop(demo);
    throw error;
  }
  return () => stop(demo);
}

/** Resolves with the dashboard's address once all data is in, so that figures stand still. */
function loaded(demo: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (why: string) => reject(new Error(`The demo ${why}:\n${output}`));
    const timer = setTimeout(() => fail("was not ready in time"), loadedWithinMs);
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /^ready (\S+)$/m.exec(output)?.[1];
      if (!url || !/^loaded /m.test(output)) return;
      clearTimeout(timer);
      resolve(url);
    };
    demo.stdout?.on("data", read);
    demo.stderr?.on("data", read);
    demo.on("exit", (code) => fail(`ended with ${code}`));
  });
}

async function stop(demo: ChildProcess): Promise<void> {
  if (demo.pid === undefined || demo.exitCode !== null) return;
  const group = -demo.pid;
  const ended = new Promise<void>((resolve) => demo.once("exit", () => resolve()));
  process.kill(group, "SIGTERM");
  const timer = setTimeout(() => process.kill(group, "SIGKILL"), stoppedWithinMs);
  await ended;
  clearTimeout(timer);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<{ port: number; close: () => Promise<void> }>((resolve, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            if (address === null || typeof address === "string")
              return reject(new Error("no port"));
            const close = () => new Promise<void>((done) => server.close(() => done()));
            resolve({ port: address.port, close });
          });
        }),
    ),
  );
  await Promise.all(servers.map(({ close }) => close()));
  return servers.map(({ port }) => port);
}
