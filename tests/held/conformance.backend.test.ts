/**
 * Law 1 for what browsers hold: a stock client subscribes `aggregates:load` beside the store, so that both are of one
 * commit, and after every transition each question's rows, order, total, annotation, exactness and watermark are
 * the same: under writes, edits and deletions, cutovers, cut sockets and new view keys. About a minute on a quiet
 * machine; HELD_COMPARISONS makes it longer.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ConvexHttpClient } from "convex/browser";
import { ConvexReactClient } from "convex/react";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { batches } from "../../bench/data/rows.js";
import { api } from "../../convex/_generated/api.js";
import { runCli, setEnvironment } from "../../local/push.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";
import { keyOf } from "../../src/react/query.js";
import { heldStoreOf, type HeldScope } from "../../src/react/held/index.js";
import type { Reason } from "../../src/react/held/explained.js";
import {
  readHealth,
  startWithApp,
  TENANT,
  untilFolded,
  type Started,
} from "../realData/backend.js";
import { Dice } from "../simulation/random.js";
import { anyQuestion, features, type Asked, type Feature } from "./questions.js";
import { movedRows, Writer } from "./writers.js";
import { heavyProfile } from "../support/stage.js";

const tenantId = TENANT;
const COMPARISONS = Number(process.env["HELD_COMPARISONS"] || 2000);
/** Far above what it takes: a busy machine must not fail it. */
const SECONDS_MAX = 300 + COMPARISONS / 4;
/** At once. */
const QUESTIONS = 12;
/** Comparisons after which a question makes room for another, … */
const LOOKS = 25;
/** … as does one that is not compared for so long. */
const PATIENCE_MS = 3000;
const RECORDS = 1000;
const WRITE_EVERY_MS = 500;

let backend: Started;
let client: ConvexReactClient;
const sockets = new Set<WebSocket>();

/** A socket that can be cut. */
class CutSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols);
    sockets.add(this);
    this.on("close", () => sockets.delete(this));
  }
}

beforeAll(async () => {
  backend = await startWithApp({ timezone: "Europe/Berlin", profile: heavyProfile });
  // Folds every second or two: cutovers, and tails that come and go, many times in a run.
  await setEnvironment(backend.process, {
    ROLLUPS_REST_MS_MIN: "1000",
    ROLLUPS_REST_MS_MAX: "2000",
  });
  await untilFolded(backend.client);
  const rows = movedRows(RECORDS, 1);
  for (const some of batches(rows.watch, 500)) {
    await backend.client.mutation(api.watch.recordBatch, { tenantId, rows: some });
  }
  for (const some of batches(rows.inventory, 500)) {
    await backend.client.mutation(api.inventory.recordBatch, { tenantId, rows: some });
  }
  await untilFolded(backend.client);
  const component = ["run", "--component", "rollups"];
  await runCli(backend.process, [...component, "held/secret:make"], { cwd: projectRoot });
  for (const cube of ["watch", "inventory"]) {
    const args = JSON.stringify({ tenantId, cube });
    await runCli(backend.process, [...component, "held/sizes:measure", args], { cwd: projectRoot });
  }
  client = new ConvexReactClient(backend.process.url, {
    webSocketConstructor: CutSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
  });
  client.setAuth(() => Promise.resolve(backend.token));
});

afterAll(async () => {
  await client?.close();
  await backend?.process.stop();
});

const scope = (): HeldScope => ({
  ...{ client, held: api.held, tenant: { tenantId }, tenantId, cache: null },
  pace: Infinity,
});

interface Counts {
  transitions: number;
  compared: number;
  different: unknown[];
  /** Of those, with changes that tiles lacked. */
  withTail: number;
  /** Looks at questions that held tiles answered. */
  tiles: number;
  /** Looks at questions that the server answered, by reason. */
  server: Record<string, number>;
  /** Of those, such as no tiles could answer. */
  refused: Partial<Record<Reason, number>>;
  /** Looks at questions whose tiles were on their way: the last answer was shown. */
  waiting: number;
  /** Looks at answers of what is folded, where `load` could still add the tail. */
  folded: number;
  questions: number;
  servedBy: Set<string>;
  /** Comparisons of questions that use a part of the language. */
  of: Record<Feature, number>;
}

/** A question that the store is asked, and `load` too once the store answers it. */
class Watched {
  looks = 0;
  private readonly askedAt = Date.now();
  private readonly stops: (() => void)[];
  private readonly load;
  private isLoading = false;

  constructor(readonly asked: Asked) {
    this.load = client.watchQuery(api.aggregates.load, { tenantId, query: asked.wire as never });
    this.stops = [heldStoreOf(scope(), asked.cube).watch(asked, () => undefined)];
  }

  /** Whether it has been looked at long enough. */
  get isDone(): boolean {
    return this.looks >= LOOKS || (this.looks === 0 && Date.now() - this.askedAt > PATIENCE_MS);
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }

  compare(counts: Counts): void {
    const { asked } = this;
    const store = heldStoreOf(scope(), asked.cube);
    const outcome = store.read(asked);
    const standing = store.standing(asked.key);
    if (outcome?.kind !== "result") {
      const reason = standing?.reason ?? "pending";
      counts.server[reason] = (counts.server[reason] ?? 0) + 1;
      this.compareRefusal(reason, counts);
      return;
    }
    if (asked.refusal !== null) counts.different.push({ query: asked.query, standing });
    counts.tiles++;
    if (standing?.isCurrent !== true) return void counts.waiting++;
    const loaded = this.loaded();
    if (loaded === undefined) return;
    const { rows: data, total, annotation, exact, freshness, servedBy } = outcome.result;
    // A browser is sent a shorter tail than the backend adds.
    if (freshness === "folded" && loaded.freshness === "live") return void counts.folded++;
    counts.servedBy.add(servedBy);
    const held = { data, total, annotation, exact, freshness, watermark: standing.asOf };
    counts.compared++;
    this.looks++;
    for (const feature of asked.features) counts.of[feature]++;
    if (store.lagMs !== 0) counts.withTail++;
    if (keyOf(held) !== keyOf(loaded)) {
      counts.different.push({ query: asked.query, servedBy, held, loaded });
    }
  }

  /** What no tile can tell falls back by that reason alone, and what is no question here is none there. */
  private compareRefusal(reason: Reason | "pending", counts: Counts): void {
    const { refusal, query } = this.asked;
    const isOfCaller = reason === "pending" || reason === "NoKey";
    const isOther = refusal !== null && !isOfCaller && reason !== refusal;
    const isAnswered = reason === "Invalid" && this.loaded() !== undefined;
    if (isOther || isAnswered) counts.different.push({ query, reason, refusal });
    else if (reason === refusal) counts.refused[reason] = (counts.refused[reason] ?? 0) + 1;
  }

  /** Undefined before it comes, and where it is refused. */
  private loaded() {
    if (!this.isLoading) this.stops.push(this.load.onUpdate(() => undefined));
    this.isLoading = true;
    try {
      const found = this.load.localQueryResult();
      if (found === undefined) return undefined;
      const { data, total = null, annotation, exact, freshness, watermark } = found;
      return { data, total, annotation, exact, freshness, watermark };
    } catch {
      return undefined;
    }
  }
}

/** A handler of the client's transitions, which it keeps to itself. */
function transitionsOf(of: ConvexReactClient): (handler: () => void) => () => void {
  const { sync } = of as unknown as {
    sync: { addOnTransitionHandler(handler: () => void): () => void };
  };
  return (handler) => sync.addOnTransitionHandler(handler);
}

/** What an operator does: as the dashboard of a deployment would. */
async function asOperator(path: string, args: object): Promise<void> {
  const { url, adminKey } = backend.process;
  const response = await fetch(`${url}/api/mutation`, {
    method: "POST",
    headers: { authorization: `Convex ${adminKey}` },
    body: JSON.stringify({ path, args, format: "json" }),
  });
  expect(response.status).toBe(200);
}

const newKey = async () => {
  const member = { tenantId, tokenIdentifier: "someone|else" };
  await asOperator("tenants:ensureMember", { ...member, role: "viewer" });
  await asOperator("tenants:removeMember", member);
};

/** Unless something is being built: what is asked for again and again is never there. */
const rebuild = (cube: string, rollup: string) => async () => {
  const { rollups } = await readHealth(backend.client);
  if (rollups.some(({ status }) => status === "building")) return;
  await backend.client.mutation(api.rollups.rebuild, { tenantId, cube, rollup });
};

let disturbed = 0;
const disturbances: { everyMs: number; disturb: () => unknown }[] = [
  { everyMs: 17_000, disturb: () => sockets.forEach((socket) => socket.terminate()) },
  { everyMs: 23_000, disturb: newKey },
  { everyMs: 19_000, disturb: rebuild("watch", "totals") },
  { everyMs: 13_000, disturb: rebuild("inventory", "by_kind") },
];
/** Generations that must have answered. */
const cutOver = [
  [/watch\.totals@1/, /watch\.totals@[2-9]/],
  [/inventory\.by_kind@1/, /inventory\.by_kind@[2-9]/],
];

test(
  "an answer from held tiles is what load answers at the same commit, whatever happens meanwhile",
  { timeout: (SECONDS_MAX + 120) * 1000 },
  async () => {
    const dice = new Dice(Number(process.env["HELD_SEED"] || 20));
    const counts: Counts = {
      ...{ transitions: 0, compared: 0, different: [], withTail: 0, tiles: 0, server: {} },
      ...{ refused: {}, waiting: 0, folded: 0, questions: 0, servedBy: new Set() },
      of: Object.fromEntries(features.map((one) => [one, 0])) as Record<Feature, number>,
    };
    const watched = new Set<Watched>();
    // The stores look in a microtask of the transition; this one comes after.
    const stopListening = transitionsOf(client)(() => {
      queueMicrotask(() =>
        queueMicrotask(() => {
          counts.transitions++;
          for (const one of watched) one.compare(counts);
        }),
      );
    });
    const startedAt = Date.now();
    const isServed = (name: RegExp) => [...counts.servedBy].some((one) => name.test(one));
    const notAsked = () => features.filter((one) => counts.of[one] === 0);
    const isComplete = () =>
      counts.compared >= COMPARISONS &&
      notAsked().length === 0 &&
      cutOver.every((names) => names.every(isServed));
    const isOver = () => isComplete() || Date.now() - startedAt > SECONDS_MAX * 1000;
    const writers = [1, 2].map((seed) => {
      const http = new ConvexHttpClient(backend.process.url, { logger: false });
      http.setAuth(backend.token);
      return new Writer(http, new Dice(seed));
    });
    const done = Promise.all([
      ...writers.map((writer) => writer.run(isOver, WRITE_EVERY_MS)),
      ...disturbances.map(async ({ everyMs, disturb }) => {
        for (let at = Date.now(); !isOver(); await sleep(200)) {
          if (Date.now() - at < everyMs) continue;
          await disturb();
          disturbed++;
          at = Date.now();
        }
      }),
    ]);
    for (let turn = 0; !isOver(); turn++) {
      if (turn % 60 === 59) {
        const { compared, different, transitions, waiting, server } = counts;
        const others = JSON.stringify({ transitions, waiting, ...server });
        console.log(`${compared} compared, ${different.length} different`, others);
      }
      for (const one of [...watched].filter(({ isDone }) => isDone)) {
        one.stop();
        watched.delete(one);
      }
      while (watched.size < QUESTIONS) {
        watched.add(new Watched(anyQuestion(dice, Date.now())));
        counts.questions++;
      }
      await sleep(500);
    }
    await done;
    stopListening();
    for (const one of watched) one.stop();
    const { servedBy, different, ...figures } = counts;
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    const writes = writers.reduce((sum, writer) => sum + writer.writes, 0);
    console.log(
      JSON.stringify({ ...figures, different: different.length, writes, disturbed, seconds }),
      `\n${[...servedBy].sort().join(", ")}`,
    );
    expect(different.slice(0, 2)).toEqual([]);
    expect(notAsked()).toEqual([]);
    expect(isComplete()).toBe(true);
    expect(counts.withTail).toBeGreaterThan(counts.compared / 10);
    const onServer = Object.values(counts.server).reduce((sum, one) => sum + one, 0);
    expect(counts.tiles).toBeGreaterThan(onServer);
    expect(Object.keys(counts.refused).sort()).toEqual(["Invalid", "NoRollup"]);
  },
);
