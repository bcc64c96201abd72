/** A tenant with the demo's viewing history, a day on which people ask and watch, and what that day costs. */
import { makeFunctionReference } from "convex/server";
import { vi } from "vitest";
import type { Ask } from "../../lib/advisor/gather.js";
import { demoTenants } from "../../cli/demo/tenants.js";
import { watchLedger } from "../../cli/demo/watchLedger.js";
import type { WatchRow } from "../../cli/demo/record.js";
import { api } from "../../convex/_generated/api.js";
import schema from "../../convex/schema.js";
import type { Pattern } from "../../lib/patterns/pattern.js";
import { questionKey } from "../../lib/rollout/questionKey.js";
import type { CatalogueOptions } from "../../src/client/index.js";
import { NOW, beOnTime, foldAll, inner, load, startBackend, tenantOf } from "../convex/harness.js";

export const DAY_MS = 86_400_000;
/** A Wednesday in the middle of a month and of a year. */
export const MORNING = NOW + 108 * DAY_MS;
export const EVENING = MORNING + DAY_MS;
const TENANT = "acme";

export interface Question {
  name: string;
  query: object;
  /** Times that it is asked on the day. */
  asked: number;
}

export interface Volume {
  documents: number;
  bytes: number;
}

type Metrics = Record<
  "documentsRead" | "documentsWritten" | "bytesRead" | "bytesWritten",
  { used: number }
>;

function usedOf({ documentsRead, documentsWritten, bytesRead, bytesWritten }: Metrics): Volume {
  return {
    documents: documentsRead.used + documentsWritten.used,
    bytes: bytesRead.used + bytesWritten.used,
  };
}

/** Two years of history with its newest day apart. */
export function history(records: number): { before: WatchRow[]; day: WatchRow[] } {
  const tenant = demoTenants.find(({ tenantId }) => tenantId === TENANT)!;
  const ledger = watchLedger(tenant, records, EVENING, "advisor");
  const rows = Array.from({ length: ledger.groups }, (_, i) => ledger.group(i)).flat();
  return {
    before: rows.filter(({ watchedAt }) => watchedAt < MORNING),
    day: rows.filter(({ watchedAt }) => watchedAt >= MORNING),
  };
}

/** A backend with these cubes, all of the history folded a week before the day. */
export async function demoWorld(cubes: CatalogueOptions, rows: readonly WatchRow[]) {
  const t = startBackend(1, schema, { cubes: () => cubes });
  const zone = demoTenants.find(({ tenantId }) => tenantId === TENANT)!.timezone;
  const ann = await tenantOf(t, TENANT, { timezone: zone });
  await foldAll(t);
  for (let from = 0; from < rows.length; from += 500) {
    await ann.mutation(api.watch.recordBatch, {
      tenantId: TENANT,
      rows: rows.slice(from, from + 500),
    });
  }
  await foldAll(t);
  const ask: Ask = async (name, args) =>
    (await ann.query(makeFunctionReference<"query">(`advisor:${name}`), {
      ...{ tenantId: TENANT, ...args },
    })) as never;

  /** The day's views, each folded by itself, and what folding them read and wrote. */
  const live = async (day: readonly WatchRow[]): Promise<Volume> => {
    const used = { documents: 0, bytes: 0 };
    for (const row of day) {
      vi.setSystemTime(row.watchedAt);
      await ann.mutation(api.watch.record, { tenantId: TENANT, row: { ...row } });
      for (;;) {
        await beOnTime(t, TENANT);
        const plan = await t.query(async (ctx) => {
          const work = await ctx.runQuery(inner.worker.nextWork.nextWork, {
            name: `fold:${TENANT}`,
          });
          return { work, used: usedOf(await ctx.meta.getTransactionMetrics()) };
        });
        if (!("batch" in plan.work)) break;
        const { batch } = plan.work;
        const step = await t.mutation(async (ctx) => {
          await ctx.runMutation(inner.worker.worker.work, batch);
          return usedOf(await ctx.meta.getTransactionMetrics());
        });
        for (const { documents, bytes } of [plan.used, step]) {
          used.documents += documents;
          used.bytes += bytes;
        }
      }
    }
    vi.setSystemTime(EVENING);
    return used;
  };

  /** Asks each question, as it is asked through the day: what one answer reads, by what, and as a pattern. */
  const asked = async (questions: readonly Question[]) =>
    await Promise.all(
      questions.map(async ({ name, query, asked }) => {
        const answer = await load(ann, query, { tenantId: TENANT, freshness: "folded" }).catch(
          async () => await load(ann, query, { tenantId: TENANT }),
        );
        const cube = "watch";
        const route = answer.servedBy.replace(/@\d+$/, "");
        const pattern: Pattern = {
          ...{ cube, form: questionKey(cube, answer.query as never), query: answer.query as never },
          ...{ asked, reports: asked, firstSeen: MORNING, lastSeen: EVENING - 60_000 },
          routes: { [route]: asked },
        };
        return { name, pattern, route, work: answer.work as Volume };
      }),
    );
  return { t, ann, ask, live, asked };
}
