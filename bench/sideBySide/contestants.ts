/** Three ways to answer the same questions, each on a local backend of its own process. */
import { fileURLToPath } from "node:url";
import { ConvexHttpClient } from "convex/browser";
import { api as peer } from "../../tests/contention/fixtures/aggregateApp/convex/_generated/api.js";
import { batches, CATEGORIES, type WatchRow } from "../data/rows.js";
import { startBackendProcess } from "../support/backendProcess.js";
import { startUnpaced } from "../support/loaded.js";
import { Tenant } from "../support/tenant.js";
import { CATEGORY_COUNT, type Question } from "./questions.js";

export interface Answered {
  work: { documents: number; bytes: number; indexRanges: number };
  /** The counts in it, sorted: what the contestants must agree on. */
  counts: number[];
}

export interface Contestant {
  name: string;
  /** Seconds until all records could be asked about. */
  filledInSeconds: number;
  /** Asks as call number `call`, which no call had before. */
  ask(question: Question, call: number): Promise<Answered>;
  stop(): Promise<void>;
}

const tenantId = "acme";
const sorted = (counts: number[]) => counts.sort((a, b) => a - b);

export async function rollups(rows: WatchRow[]): Promise<Contestant> {
  const backend = await startUnpaced();
  const tenant = await Tenant.open(backend, tenantId);
  await tenant.settled();
  const { seconds } = await tenant.send("watch", rows);
  const folded = await tenant.settled(1_800_000);
  return {
    name: "rollups",
    filledInSeconds: seconds + folded.seconds,
    ask: async ({ query }, call) => {
      const limit = typeof query.limit === "number" ? query.limit : 5000 + call;
      // A top 10 keeps its limit and asks for another, empty, filter instead.
      const { data, work } = await tenant.load({ ...query, limit, ...uncached(query, call) });
      return { work, counts: sorted(data.map((row) => Number(row["watch.count"]))) };
    },
    stop: () => backend.stop(),
  };
}

/** Something that makes a query with a fixed limit a new one without changing its answer. */
function uncached(query: Record<string, unknown>, call: number) {
  if (typeof query.limit !== "number") return {};
  const values = [`No category ${call}`];
  return { filters: [{ member: "watch.category", operator: "notEquals", values }] };
}

type PeerKind = "collect" | "aggregate";

/** Rows per mutation: an aggregate's writes fill a transaction early. */
const PEER_BATCH_ROWS: Record<PeerKind, number> = { collect: 1000, aggregate: 50 };

export async function peerApp(kind: PeerKind, rows: WatchRow[]): Promise<Contestant> {
  const app = fileURLToPath(
    new URL("../../tests/contention/fixtures/aggregateApp", import.meta.url),
  );
  const backend = await startBackendProcess({ app });
  const client = new ConvexHttpClient(backend.url, { logger: false });
  const write = kind === "collect" ? peer.writes.importPlain : peer.writes.importBatch;
  const startedAt = performance.now();
  for (const batch of batches(rows, PEER_BATCH_ROWS[kind])) {
    await client.mutation(write, { tenantId, rows: batch });
  }
  const filledInSeconds = (performance.now() - startedAt) / 1000;
  const channels = [...new Set(rows.map(({ channel }) => channel))];
  const ask = async ({ aggregate, collect, range }: Question, call: number) => {
    const args = { tenantId, ...range, call };
    if (kind === "collect")
      return await client.query(peer.reads.collected, { ...args, ...collect });
    switch (aggregate) {
      case "dailyByCategory": {
        const categories = CATEGORIES.slice(0, CATEGORY_COUNT);
        return await client.query(peer.reads.dailyByCategory, { ...args, categories });
      }
      case "topChannels":
        return await client.query(peer.reads.topChannels, { ...args, channels });
      case "total":
        return await client.query(peer.reads.total, args);
    }
  };
  return {
    name: kind === "collect" ? ".collect() and reduce" : "@convex-dev/aggregate",
    filledInSeconds,
    ask: async (question, call) => {
      const { rows, work } = await ask(question, call);
      // An aggregate answers a day without records with 0, the others not at all.
      const counts = rows.map(({ count }) => count).filter((count) => count > 0);
      return { work, counts: sorted(counts) };
    },
    stop: () => backend.stop(),
  };
}
