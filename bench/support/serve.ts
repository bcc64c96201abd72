/**
 * A local backend in a process of its own, so that what is measured does not share an event loop
 * with who measures. Started by `backendProcess.ts`, which it answers over the IPC channel.
 */
import { compareCells, type Exactness } from "./exactness.js";
import { startBackend, type BackendOptions } from "../../local/backend.js";

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

/** How the tiles of a tenant compare with its source. */
export interface Compared extends Exactness {
  kind: "compared";
}

/** What is kept of each rollup. */
export interface Kept {
  kind: "kept";
  rollups: Record<string, { tiles: number; bytes: number }>;
}

export type Message = Ready | Memory | Kept | Compared;

const options = JSON.parse(process.argv[2] ?? "{}") as Pick<
  BackendOptions,
  "limits" | "env" | "profile"
>;
// Only what went wrong: standard output belongs to the tables.
const logger = { info: () => undefined, error: console.error };
const backend = await startBackend({ ...options, connectionDir: null, logger });
// A promise that user code left behind must not take the server down.
process.on("unhandledRejection", (reason) => console.error("[bench] unhandled rejection", reason));

const say = (message: Message) => process.send?.(message);

function kept(): Kept["rollups"] {
  const { catalog, latest } = backend.database;
  const index = catalog.table("rollups", "rollupTiles")?.byName.get("by_creation_time");
  const rollups: Kept["rollups"] = {};
  if (index === undefined) return rollups;
  latest.tree(index).forEach(({ text, size }) => {
    const { rollup } = JSON.parse(text) as { rollup: string };
    const sums = (rollups[rollup] ??= { tiles: 0, bytes: 0 });
    sums.tiles++;
    sums.bytes += size;
  });
  return rollups;
}

process.on("message", (request) => {
  if (request === "memory") {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    say({ kind: "memory", rssBytes: rss, heapBytes: heapUsed });
  } else if (request === "kept") {
    say({ kind: "kept", rollups: kept() });
  } else if (typeof request === "object" && request !== null && "compare" in request) {
    say({ kind: "compared", ...compareCells(backend.database, String(request.compare)) });
  } else if (request === "stop") {
    void backend.stop().then(() => process.exit(0));
  }
});
process.on("disconnect", () => process.exit(0));

say({ kind: "ready", url: backend.url, adminKey: backend.adminKey });
