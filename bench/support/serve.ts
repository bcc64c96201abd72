/**
 * A local backend in a process of its own, so that what is measured does not share an event loop
 * with who measures. Started by `backendProcess.ts`, which it answers over the IPC channel.
 */
import { startBackend, type BackendOptions } from "../../local/backend";

export interface Ready {
  kind: "ready";
  url: string;
  adminKey: string;
}

export interface Memory {
  kind: "memory";
  rssBytes: number;
  heapBytes: number;
}

const options = JSON.parse(process.argv[2] ?? "{}") as Pick<BackendOptions, "limits" | "env">;
const backend = await startBackend({ ...options, connectionDir: null });
// A promise that user code left behind must not take the server down.
process.on("unhandledRejection", (reason) => console.error("[bench] unhandled rejection", reason));

const say = (message: Ready | Memory) => process.send?.(message);

process.on("message", (request) => {
  if (request === "memory") {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    say({ kind: "memory", rssBytes: rss, heapBytes: heapUsed });
  } else if (request === "stop") {
    void backend.stop().then(() => process.exit(0));
  }
});
process.on("disconnect", () => process.exit(0));

say({ kind: "ready", url: backend.url, adminKey: backend.adminKey });
