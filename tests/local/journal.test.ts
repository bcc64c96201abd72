import { type ChildProcess, spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { WebSocket } from "ws";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConnection } from "../../local/connection.js";
import { pushApp } from "../../local/push.js";
import { startStage } from "../support/stage.js";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { eventually, FIXTURE, stampOf } from "./support.js";

const MAIN = new URL("../../local/main.ts", import.meta.url).pathname;
const TSX = createRequire(import.meta.url).resolve("tsx");

let directory: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "local-journal-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(directory, { recursive: true, force: true });
});

/** Starts the command line program; resolves to its url once it says it is ready. */
async function start(): Promise<{ url: string; child: ChildProcess; adminKey: string }> {
  const child = spawn(
    process.execPath,
    ["--import", TSX, MAIN, "--port", "0", "--site-port", "0", "--data", join(directory, "data")],
    { cwd: directory, stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error("exited before it was ready")));
    child.stdout!.on("data", (data: Buffer) => {
      const ready = /ready (http:\S+)/.exec(data.toString());
      if (ready !== null) resolve(ready[1]!);
    });
  });
  return { url, child, adminKey: readConnection(url, directory)!.adminKey };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

describe("the journal", () => {
  it("survives a kill with every acknowledged commit, the app and pending jobs; a torn line is cut", async () => {
    const first = await start();
    await pushApp(first, { cwd: FIXTURE });
    const before = new ConvexHttpClient(first.url, { logger: false });
    let at = 0n;
    for (let rank = 0; rank < 20; rank++) {
      at = stampOf(await before.mutation(api.items.add, { group: "kept", rank }));
    }
    const job = await before.mutation(api.probes.schedule, { kind: "resumed", delayMs: 400 });
    await kill(first.child);
    const path = join(directory, "data", "journal.ndjson");
    const { size } = await stat(path);
    await appendFile(path, '{"ts":"9999999999999999999","writes":[["","items","torn');

    const second = await start();
    expect((await stat(path)).size).toBeGreaterThanOrEqual(size);
    expect(await readFile(path, "utf8")).not.toContain("torn");
    const after = new ConvexHttpClient(second.url, { logger: false });
    const ranks = await after.query(api.items.list, { group: "kept" });
    expect(ranks).toEqual(Array.from({ length: 20 }, (_, rank) => rank));
    const later = await after.mutation(api.items.add, { group: "kept", rank: 20 });
    expect(stampOf(later)).toBeGreaterThan(at);
    await eventually("the job ran after the restart", async () => {
      const { state } = (await after.query(api.probes.job, { id: job })) as {
        state: { kind: string };
      };
      return state.kind === "success";
    });
    await kill(second.child);
  }, 30_000);

  it("keeps the results of exactly-once mutations and the identity key", async () => {
    const options = { dataDir: join(directory, "data"), connectionDir: null };
    const first = await startStage(options);
    await pushApp(first, { cwd: FIXTURE });
    const token = await first.token({ subject: "ann" });
    const session = crypto.randomUUID();
    const send = async (url: string) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}/api/1.48.0/sync`);
      const answer = await new Promise<Record<string, unknown>>((resolve, reject) => {
        socket.onerror = () => reject(new Error("socket failed"));
        socket.onopen = () => {
          socket.send(JSON.stringify({ type: "Connect", sessionId: session, connectionCount: 0 }));
          const call = { udfPath: "counters:add", args: [{ name: "once", by: 1 }], requestId: 4 };
          socket.send(JSON.stringify({ type: "Mutation", ...call }));
        };
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(String(data)) as Record<string, unknown>;
          if (message.type === "MutationResponse") resolve(message);
        };
      });
      socket.close();
      return answer;
    };
    const answer = await send(first.url);
    const port = Number(new URL(first.url).port);
    await first.stop();
    const second = await startStage({ ...options, port });
    expect(await send(second.url)).toEqual({ ...answer, logLines: [] });
    const http = new ConvexHttpClient(second.url);
    http.setAuth(token);
    expect(await http.query(api.counters.get, { name: "once" })).toBe(1);
    expect(await http.query(api.probes.whoAmI, {})).toMatchObject({ subject: "ann" });
    await second.stop();
  }, 30_000);
});
