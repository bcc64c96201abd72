/**
 * What answers say while a flood is folded, on a running backend with stock clients: 8,000 rows are sent at
 * once, and every answer meanwhile is complete or says that it is folded, and is right as of what it names.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexClient, type ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { api } from "../../convex/_generated/api.js";
import { setWorker, startWithApp, TENANT, untilFolded, type Started } from "../realData/backend.js";
import { stockRows } from "../realData/madeUpRows.js";
import { dice } from "../realData/random.js";

const tenantId = TENANT;
const BATCHES = 8;
const BATCH_ROWS = 1000;
/** What a fold of the flood may take: what it takes at the pace that ships, or so many times the writing. */
const CAUGHT_UP_MS = 30_000;
const CAUGHT_UP_RATIO = 10;
const query = { measures: ["inventory.count", "inventory.quantity"] } as const;

type Row = Record<string, string | number | null>;

let backend: Started;
let socket: ConvexClient;

beforeAll(async () => {
  // With the pace that ships: what a fold may write per second is not raised.
  backend = await startWithApp({ writeBytesPerSecond: 1024 * 1024 });
  socket = new ConvexClient(backend.process.url, {
    webSocketConstructor: WebSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  socket.setAuth(() => Promise.resolve(backend.token));
  await untilFolded(backend.client);
});
afterAll(async () => {
  await socket?.close();
  await backend?.process.stop();
});

const waiting = { timeout: 60_000, interval: 50 };
/** An iteration that a busy machine has cut off comes again up to a minute later. */
const folding = { timeout: 180_000, interval: 50 };
const newestCommit = async () =>
  BigInt((await backend.client.query(api.aggregates.freshness, { tenantId })).watermark);
const lagMs = async () =>
  (await backend.client.query(api.aggregates.freshness, { tenantId })).lagMs;

/** What was stored, commit by commit, as the log tells afterwards: what every answer is compared with. */
class Ledger {
  private readonly commits: { commitTs: bigint; quantity: number }[] = [];

  /** Reads the log on, to its end. */
  async readOn(client: ConvexHttpClient): Promise<void> {
    for (let more = true; more;) {
      const after = String(this.newest);
      const asked = { tenantId, cube: "inventory", after };
      const found = await client.query(api.sources.changes, asked);
      for (const change of found.changes) {
        const { quantity } = change.after as { quantity: number };
        this.commits.push({ commitTs: BigInt(change.commitTs), quantity });
      }
      ({ more } = found);
    }
  }

  get newest(): bigint {
    return this.commits.at(-1)?.commitTs ?? 0n;
  }

  /** The newest up to a commit, which may be one of upkeep or of another cube. */
  upTo(commit: bigint): bigint {
    return this.commits.findLast(({ commitTs }) => commitTs <= commit)?.commitTs ?? 0n;
  }

  /** The row of an answer as of a commit. */
  asOf(commit: bigint): Row {
    const then = this.commits.filter(({ commitTs }) => commitTs <= commit);
    const quantity = then.reduce((sum, one) => sum + one.quantity, 0);
    return {
      "inventory.count": then.length,
      "inventory.quantity": then.length === 0 ? null : quantity,
    };
  }
}

const ledger = new Ledger();
const random = dice(7);

/** All batches at once. Resolves to the last commit. */
async function flood(): Promise<bigint> {
  const batches = Array.from({ length: BATCHES }, () =>
    stockRows(BATCH_ROWS, "2026-03-01", 7, random),
  );
  const sent = await Promise.all(
    batches.map((rows) =>
      backend.client.mutation(api.inventory.recordBatch, { tenantId, rows }, { skipQueue: true }),
    ),
  );
  expect(sent).toEqual(batches.map(({ length }) => ({ accepted: length, rejected: [] })));
  return newestCommit();
}

interface Seen {
  freshness: "live" | "folded";
  data: Row[];
  /** The newest commit that was known before the question was sent. */
  known: bigint;
  watermark?: string;
  asOf?: string;
}

/** Answers are judged when all commits are known. */
function judge(seen: readonly Seen[]): void {
  for (const { freshness, data, known, watermark, asOf } of seen) {
    if (watermark !== undefined) expect(data).toEqual([ledger.asOf(BigInt(watermark))]);
    if (freshness === "folded") expect(data).toEqual([ledger.asOf(BigInt(asOf!))]);
    else if (watermark !== undefined) {
      expect(BigInt(watermark)).toBeGreaterThanOrEqual(ledger.upTo(known));
    } else {
      expect(asOf).toBeUndefined();
      expect(Number(data[0]!["inventory.count"])).toBeGreaterThanOrEqual(
        Number(ledger.asOf(known)["inventory.count"]),
      );
    }
  }
}

const refusalOf = (error: unknown) =>
  error instanceof ConvexError ? (error.data as Record<string, unknown>) : { code: String(error) };

describe("8,000 rows at once", () => {
  test("are answered complete or as folded, as of what the answer names, and caught up within seconds", async () => {
    const seen: Seen[] = [];
    let isDone = false;
    const poll = async () => {
      for (let i = 0; !isDone; i++) {
        const known = await newestCommit();
        const ask = i % 2 === 0 ? api.aggregates.load : api.aggregates.rows;
        const { freshness, data, ...rest } = await backend.client.query(ask, { tenantId, query });
        const { watermark, asOf } = rest as { watermark?: string; asOf?: string };
        seen.push({ freshness, data, known, watermark, asOf });
        await sleep(100);
      }
    };
    const pushed: Seen[] = [];
    const unsubscribe = socket.onUpdate(
      api.aggregates.rows,
      { tenantId, query },
      ({ freshness, data, asOf }) => {
        pushed.push({ freshness, data, known: 0n, ...(asOf === undefined ? {} : { asOf }) });
      },
    );
    const polling = poll();
    const startedAt = performance.now();
    const last = await flood();
    const sentAt = performance.now();
    await expect.poll(lagMs, folding).toBe(0);
    const caughtUpAt = performance.now();
    isDone = true;
    await polling;
    unsubscribe();

    await ledger.readOn(backend.client);
    expect(ledger.newest).toBe(last);
    const all = [...seen, ...pushed];
    judge(all);
    const folded = all.filter(({ freshness }) => freshness === "folded");
    const asked = { tenantId, query, freshness: "folded", atLeast: String(last) } as const;
    const answer = await backend.client.query(api.aggregates.load, asked);
    expect(answer).toMatchObject({ data: [ledger.asOf(last)], lagMs: 0, asOf: String(last) });
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
    console.log(
      `[long tail] ${BATCHES * BATCH_ROWS} rows sent in ${seconds(startedAt, sentAt)} s, folded ` +
        `${seconds(sentAt, caughtUpAt)} s later; ${seen.length} answers polled, ${pushed.length} pushed, ` +
        `${folded.length} of them folded`,
    );
    const allowedMs = Math.max(CAUGHT_UP_MS, CAUGHT_UP_RATIO * (sentAt - startedAt));
    expect(caughtUpAt - sentAt).toBeLessThan(allowedMs);
  });

  test("that no worker folds are behind for whoever wants the last of them, and then are right", async () => {
    await setWorker(backend.process, "stop");
    const before = ledger.newest;
    const last = await flood();
    const atLeast = String(last);
    const answer = await backend.client.query(api.aggregates.load, { tenantId, query });
    expect(answer).toMatchObject({
      ...{ freshness: "folded", asOf: String(before), watermark: String(before), exact: true },
      data: [ledger.asOf(before)],
    });
    expect(answer.lagMs).toBeGreaterThan(0);
    for (const ask of [api.aggregates.load, api.aggregates.rows]) {
      const refusal = await backend.client.query(ask, { tenantId, query, atLeast }).then(
        () => null,
        (error: unknown) => refusalOf(error),
      );
      expect(refusal).toMatchObject({ code: "Behind", atLeast, watermark: String(before) });
      expect(refusal!.retryAfterMs).toBeGreaterThan(0);
    }
    // A subscription is refused, too, and answers by itself as soon as it can.
    const told: (Row[] | string)[] = [];
    const unsubscribe = socket.onUpdate(
      api.aggregates.rows,
      { tenantId, query, atLeast },
      ({ data }) => told.push(data),
      (error) => told.push(String(refusalOf(error).code)),
    );
    await expect.poll(() => told.at(-1), waiting).toBe("Behind");
    await setWorker(backend.process, "start");
    await ledger.readOn(backend.client);
    await expect.poll(() => told.at(-1), folding).toEqual([ledger.asOf(last)]);
    unsubscribe();
    expect(new Set(told.slice(0, -1).map(String))).toEqual(new Set(["Behind"]));
    const caughtUp = await backend.client.query(api.aggregates.load, { tenantId, query, atLeast });
    expect(caughtUp.data).toEqual([ledger.asOf(last)]);
  });
});
