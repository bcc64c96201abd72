/** A store over the reference app on convex-test, with records, a stepped client and a clock that a test moves. */
import { expect } from "vitest";
import { FOURTEEN_MONTHS, stockRows, watchRows } from "../../bench/data/rows.js";
import { api } from "../../convex/_generated/api.js";
import { HeldStore } from "../../src/react/held/HeldStore.js";
import type { Bootstrap } from "../../src/react/answerCache.js";
import { Pacer, type Page } from "../../src/react/held/Pacer.js";
import { keyOf, toWire, type AggregateQuery } from "../../src/react/query.js";
import { foldAll, inner, load, startBackend, tenantOf, type Deployed } from "../convex/harness.js";
import { SteppedClient } from "./steppedClient.js";

export const tenantId = "acme";

/** What a page tells; a test changes it. */
export function pageOf() {
  const seen: (() => void)[] = [];
  const page = {
    hidden: false,
    now: () => Date.now(),
    isHidden: () => page.hidden,
    onceVisible: (listener: () => void) => void seen.push(listener),
    show: () => {
      page.hidden = false;
      for (const listener of seen.splice(0)) listener();
    },
  };
  return page satisfies Page;
}

export interface WorldOptions {
  rows?: number;
  code?: Deployed;
  cube?: "watch" | "inventory";
  saved?: Bootstrap | null;
  idleBytes?: number;
  pace?: number;
}

export async function worldOf(options: WorldOptions = {}) {
  const { rows = 120, code = {}, cube = "watch", saved = null, idleBytes = 2 ** 22 } = options;
  const t = startBackend(1, undefined, code);
  const member = await tenantOf(t, tenantId);
  await foldAll(t);
  await t.action(inner.held.secret.make, {});
  const spread = { ...FOURTEEN_MONTHS, days: 700 };
  if (cube === "watch") {
    await member.mutation(api.watch.recordBatch, { tenantId, rows: [...watchRows(rows, spread)] });
  } else {
    const moved = [...stockRows(rows, spread)];
    await member.mutation(api.inventory.recordBatch, { tenantId, rows: moved });
  }
  await foldAll(t);
  await t.mutation(inner.held.sizes.measure, { tenantId, cube });
  const page = pageOf();
  const pacer = new Pacer(page);
  pacer.pace = options.pace ?? Infinity;
  const client = new SteppedClient(member);
  const kept: Bootstrap[] = [];
  const storeOf = (bootstrap: Bootstrap | null = saved) =>
    new HeldStore({
      ...{ client: client.asClient, held: api.held, tenant: { tenantId }, cube, pacer, idleBytes },
      ...{ saved: bootstrap, save: (known) => void kept.push(known), now: () => Date.now() },
    });
  const store = storeOf();
  return { t, member, client, store, storeOf, page, kept };
}

export type World = Awaited<ReturnType<typeof worldOf>>;

export function asked(query: AggregateQuery) {
  const wire = toWire(query);
  return { key: keyOf([wire, "live"]), query, wire };
}

/** The rows of an answer from tiles, which must be what `load` answers now. */
export async function rowsOf({ store, member }: World, query: AggregateQuery) {
  const question = asked(query);
  const outcome = store.read(question);
  if (outcome?.kind !== "result")
    throw new Error(store.standing(question.key)?.reason ?? "pending");
  const { rows: data, total, annotation, exact, freshness, source, servedBy } = outcome.result;
  expect(source).toBe("tiles");
  const loaded = await load(member, query as never, { freshness });
  const standing = store.standing(question.key);
  expect({ data, annotation, exact, total: total ?? undefined, watermark: standing?.asOf }).toEqual(
    {
      ...{ data: loaded.data, annotation: loaded.annotation, exact: loaded.exact },
      ...{ total: loaded.total, watermark: loaded.watermark },
    },
  );
  return { rows: data, servedBy, freshness, result: outcome.result };
}
