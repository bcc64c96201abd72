/**
 * Seeded edits of stored records through the public mutations: times, dimensions, lists and numbers
 * change, records are removed, and some records are edited again.
 */
import type { ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import type { StockRow, WatchRow } from "../oracle/cubes.js";
import { TENANT } from "./backend.js";
import type { Cube, Records, Written } from "./mirror.js";
import { stockSpan, watchSpan, type Span } from "./questions.js";
import type { Dice } from "./random.js";

type Patch = Partial<WatchRow> | Partial<StockRow>;

export interface Edit {
  cube: Cube;
  id: string;
  /** Null removes. */
  patch: Patch | null;
}

const removedShare = 0.3;

/** Edits of a share of both cubes' records, in random order; each record at most once. */
export function planEdits(records: Records, share: number, random: Dice): Edit[] {
  const some = (ids: Iterable<string>) => {
    const all = [...ids];
    return random.shuffle(all).slice(0, Math.round(all.length * share));
  };
  const viewers = [...new Set([...records.watch.values()].map(({ viewer }) => viewer))];
  const products = [...new Set([...records.inventory.values()].map(({ product }) => product))];
  const edits: Edit[] = [
    ...some(records.watch.keys()).map((id) => ({
      cube: "watch" as const,
      id,
      patch: random.chance(removedShare) ? null : watchPatch(random, viewers),
    })),
    ...some(records.inventory.keys()).map((id) => ({
      cube: "inventory" as const,
      id,
      patch: random.chance(removedShare) ? null : stockPatch(random, products),
    })),
  ];
  return random.shuffle(edits);
}

const topics = ["Drama", "Comedy", "Film-Noir", "War", "Western", "A new topic", "日本語"];

function watchPatch(random: Dice, viewers: readonly string[]): Patch {
  return someOf<WatchRow>(random, {
    watchedAt: () => timeIn(watchSpan, random),
    topics: () => random.shuffle(topics).slice(0, random.below(5)),
    category: () => random.pick(["Film", "Series", "Short", "Live"]),
    durationSeconds: () => random.below(10_000_000) / 1000,
    viewer: () => random.pick(viewers),
  });
}

function stockPatch(random: Dice, products: readonly string[]): Patch {
  return someOf<StockRow>(random, {
    occurredAt: () => timeIn(stockSpan, random),
    category: () => `Category_0${random.below(30)}`,
    warehouse: () => random.pick(["Whse_J", "Whse_S", "Whse_C", "Whse_New"]),
    quantity: () => random.below(20_001) - 10_000,
    unitCost: () => random.below(1_000_000) / 10_000,
    kind: () => random.pick(["shipment", "adjustment", "transfer", "return"]),
    product: () => random.pick(products),
  });
}

/** One to three of the fields, each with a new value. */
function someOf<R>(random: Dice, fields: { [F in keyof R]?: () => R[F] }): Partial<R> {
  const chosen = random.shuffle(Object.entries(fields)).slice(0, 1 + random.below(3));
  return Object.fromEntries(
    chosen.map(([name, value]) => [name, (value as () => unknown)()]),
  ) as Partial<R>;
}

/** Any second of the span; a third of them on whole hours, where buckets begin. */
function timeIn({ first, last }: Span, random: Dice): number {
  const from = Date.parse(`${first}T00:00:00Z`);
  const to = Date.parse(`${last}T00:00:00Z`);
  const step = random.chance(1 / 3) ? 3_600_000 : 1000;
  return from + random.below((to - from) / step) * step;
}

const mutation = (cube: Cube, what: "update" | "remove") =>
  makeFunctionReference<
    "mutation",
    { tenantId: string; id: string; patch?: Patch },
    { id: string; commitTs: bigint }
  >(`${cube}:${what}`);

/** Carries out one edit and says what the record is now. */
export async function carryOut(
  client: ConvexHttpClient,
  records: Records,
  { cube, id, patch }: Edit,
): Promise<Written> {
  const args = { tenantId: TENANT, id, ...(patch !== null && { patch }) };
  const reference = mutation(cube, patch === null ? "remove" : "update");
  const { commitTs } = await client.mutation(reference, args, { skipQueue: true });
  const after = patch === null ? null : { ...records[cube].get(id)!, ...patch };
  return { commitTs, cube, id, after };
}

/** Carries out edits of different records, some at a time. */
export async function carryOutAll(
  client: ConvexHttpClient,
  records: Records,
  edits: readonly Edit[],
  lanes = 6,
): Promise<Written[]> {
  const written: Written[] = [];
  let next = 0;
  const lane = async () => {
    for (let edit = edits[next++]; edit !== undefined; edit = edits[next++])
      written.push(await carryOut(client, records, edit));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return written;
}
