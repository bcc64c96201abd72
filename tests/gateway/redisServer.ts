/** Debian's Redis in a folder of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class RedisServer {
  private constructor(
    readonly url: string,
    private readonly port: number,
    private readonly folder: string,
    private child: ChildProcess,
  ) {}

  /** An empty one, which writes nothing to disk. */
  static async start(): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), "redis-"));
    const port = await freePort();
    const child = await launch(port, folder);
    return new RedisServer(`redis://127.0.0.1:${port}`, port, folder, child);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** As a machine that loses its power: nothing is said to its clients. */
  async kill(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }

  /** Once more on the same port, empty. */
  async startAgain(): Promise<void> {
    this.child = await launch(this.port, this.folder);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function launch(port: number, folder: string): Promise<ChildProcess> {
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const child = spawn("redis-server", options, { stdio: ["ignore", "ignore", "inherit"] });
  const failed = once(child, "error").then(([error]) => {
    throw error;
  });
  await Promise.race([answers(port), failed]);
  return child;
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, "127.0.0.1");
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`redis-server does not listen on port ${port}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
