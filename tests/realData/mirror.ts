/**
 * What a backend's source must hold: every record by its id, and every edit with the commit that
 * made it, so that the source as of any watermark can be put together again.
 */
import type { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference, type FunctionReturnType } from "convex/server";
import type { api } from "../../convex/_generated/api.js";
import type { StockRow, WatchRow } from "../oracle/cubes.js";
import { TENANT } from "./backend.js";
import type { Sources } from "./compare.js";

export interface Records {
  watch: Map<string, WatchRow>;
  inventory: Map<string, StockRow>;
}

export type Cube = keyof Records;

/** A record's whole state after a commit; null when it was removed. */
export interface Written {
  commitTs: bigint;
  cube: Cube;
  id: string;
  after: WatchRow | StockRow | null;
}

type Page = FunctionReturnType<typeof api.sources.page>;
type Fact = Page["facts"][number]["fact"];

const page = makeFunctionReference<
  "query",
  { tenantId: string; cube: string; cursor: string | null },
  Page
>("sources:page");

/** All records as the backend holds them. */
export async function readRecords(client: ConvexHttpClient, tenantId = TENANT): Promise<Records> {
  const watch = new Map<string, WatchRow>();
  const inventory = new Map<string, StockRow>();
  for await (const { id, fact } of pages(client, tenantId, "watch")) watch.set(id, watchRow(fact));
  for await (const { id, fact } of pages(client, tenantId, "inventory"))
    inventory.set(id, stockRow(fact));
  return { watch, inventory };
}

async function* pages(client: ConvexHttpClient, tenantId: string, cube: Cube) {
  let cursor: string | null = null;
  for (;;) {
    const answered: Page = await client.query(page, { tenantId, cube, cursor });
    yield* answered.facts;
    if (answered.isDone) return;
    cursor = answered.cursor;
  }
}

/** Facts hold decimals as whole numbers of the last place. */
function watchRow(fact: Fact): WatchRow {
  const { durationSeconds, ...rest } = fact;
  return { ...(rest as unknown as WatchRow), durationSeconds: (durationSeconds as number) / 1e3 };
}

function stockRow(fact: Fact): StockRow {
  const { unitCost, value: _, ...rest } = fact;
  return { ...(rest as unknown as StockRow), unitCost: (unitCost as number) / 1e4 };
}

export function sourcesOf({ watch, inventory }: Records): Sources {
  return { watch: [...watch.values()], inventory: [...inventory.values()] };
}

/** The records after every edit that was committed at or before `watermark`. */
export function recordsAt(
  { watch, inventory }: Records,
  written: readonly Written[],
  watermark = 2n ** 63n,
): Records {
  const records = { watch: new Map(watch), inventory: new Map(inventory) };
  const done = written.filter(({ commitTs }) => commitTs <= watermark);
  done.sort((a, b) => (a.commitTs < b.commitTs ? -1 : 1));
  for (const { cube, id, after } of done) {
    if (after === null) records[cube].delete(id);
    else (records[cube] as Map<string, WatchRow | StockRow>).set(id, after);
  }
  return records;
}

/** Rows as texts, sorted, to compare as bags: equal rows count as often as they stand there. */
export function asBag(rows: Iterable<WatchRow | StockRow>): string[] {
  const texts: string[] = [];
  for (const row of rows) {
    const fields = Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
    const plain = fields.map(([name, value]) => [
      name,
      Array.isArray(value) ? [...(value as string[])].sort() : (value as unknown),
    ]);
    texts.push(JSON.stringify(plain));
  }
  return texts.sort();
}
