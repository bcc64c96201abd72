/**
 * The old way, once and on demand: every record of a cube is fetched, and the question is answered of them in the
 * browser. What comes in is counted, so that the two ways stand side by side with figures of this page.
 */
import type { ConvexReactClient } from "convex/react";
import { getFunctionName, type FunctionReference } from "convex/server";
import { differencesOf } from "../../../lib/rollout/differences.js";
import type { StoreScope } from "../../react/fallback/index.js";
import type { AggregateQuery, Row, SourcePage } from "../../react/index.js";
import { cubeOf, toWire, type WireQuery } from "../../react/query.js";
import { fallbackApi, functions } from "../api.js";

/** What an answer took. */
export interface Taken {
  /** Records, or documents of a rollup. */
  documents: number;
  /** Of JSON, that came to the browser. */
  bytes: number;
  ms: number;
}

export interface SideBySide {
  everything: Taken;
  rollups: Taken;
  /** Null where records were written meanwhile: the two are of different commits. */
  isEqual: boolean | null;
}

type Answered = { data: readonly Row[]; watermark: string; work: { documents: number } };

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;

/** Ends with what both ways took. `onProgress` hears of each page. Rejects with what either way fails with. */
export async function answerBothWays(
  scope: StoreScope,
  query: AggregateQuery,
  { onProgress, signal }: { onProgress: (taken: Taken) => void; signal: AbortSignal },
): Promise<SideBySide> {
  const { client, tenantId } = scope;
  const wire = toWire(query);
  const ask = async () => {
    const startedAt = performance.now();
    const asked = { tenantId, query: wire as AggregateQuery };
    const answer = (await client.query(functions.load, asked)) as unknown as Answered;
    return { answer, ms: performance.now() - startedAt };
  };
  const { ms } = await ask();
  const counted = new CountedPages(client, onProgress);
  const { rows, asOf } = await answerOfRecords(
    { ...scope, client: counted as unknown as ConvexReactClient },
    { query, wire, cube: cubeOf(query)! },
    signal,
  );
  const everything = counted.taken;
  const { answer } = await ask();
  const found = differencesOf(
    { rows, total: null },
    { rows: answer.data, total: null },
    { values: query.measures ?? [] },
  );
  return {
    everything,
    rollups: { documents: answer.work.documents, bytes: bytesOf(answer), ms },
    isEqual: found.length === 0 ? true : answer.watermark === asOf ? false : null,
  };
}

/** A client whose pages of records are counted. */
class CountedPages {
  private readonly startedAt = performance.now();
  private documents = 0;
  private bytes = 0;

  constructor(
    private readonly client: ConvexReactClient,
    private readonly onProgress: (taken: Taken) => void,
  ) {}

  get taken(): Taken {
    const { documents, bytes } = this;
    return { documents, bytes, ms: performance.now() - this.startedAt };
  }

  async query(asked: FunctionReference<"query">, args: Record<string, unknown>): Promise<unknown> {
    const answer: unknown = await this.client.query(asked, args);
    if (getFunctionName(asked) === getFunctionName(fallbackApi.page)) {
      this.documents += (answer as SourcePage).facts.length;
      this.bytes += bytesOf(answer);
      this.onProgress(this.taken);
    }
    return answer;
  }

  watchQuery(asked: FunctionReference<"query">, args: Record<string, unknown>): unknown {
    return this.client.watchQuery(asked, args);
  }
}

async function answerOfRecords(
  scope: StoreScope,
  { query, wire, cube }: { query: AggregateQuery; wire: WireQuery; cube: string },
  signal: AbortSignal,
): Promise<{ rows: readonly Row[]; asOf: string | null }> {
  const { storeOf } = await import("../../react/fallback/index.js");
  const store = storeOf(scope, cube);
  const key = JSON.stringify(wire);
  let unwatch = () => {};
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("Left.")));
      unwatch = store.watch(key, query, wire, () => {
        const outcome = store.read(key);
        if (outcome.kind === "error") reject(outcome.error);
        if (outcome.kind === "result") {
          resolve({ rows: outcome.result.rows, asOf: outcome.result.asOf });
        }
      });
    });
  } finally {
    unwatch();
    store.stop();
  }
}
