/**
 * A tenant whose records expire: the shipped stock movements with `expire`, and what the tests of
 * expiry do to them. `ever` is everything that was ever recorded, less what people removed.
 */
import { expect } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { Id } from "../../convex/_generated/dataModel.js";
import schema from "../../convex/schema.js";
import type { CubeOptions } from "../../src/client/cubes/cubeOptions.js";
import type { LimitOverrides } from "../../convex/components/rollups/limits/limits.js";
import { answer, type Question } from "../oracle/answer.js";
import { inventory, type StockRow } from "../oracle/cubes.js";
import {
  foldAll,
  load,
  NOW,
  shippedCubes,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
  inside,
  inner,
} from "./harness.js";

export const DAY = 86_400_000;
/** A year before `NOW`, at the start of a day. */
export const BOUNDARY = Date.UTC(2025, 2, 1);

export type Member = Awaited<ReturnType<typeof tenantOf>>;

/** Movements every fifth day, of three years. */
export const history = (): StockRow[] =>
  Array.from({ length: 200 }, (_, i) =>
    stock({
      category: `Category ${i % 3}`,
      warehouse: i % 2 === 0 ? "North" : "South",
      product: `Product ${i % 7}`,
      quantity: 1 + (i % 11),
      unitCost: 1 + (i % 13) / 4,
      occurredAt: NOW - i * 5 * DAY - (i % 24) * 3_600_000,
    }),
  );

export function stock(row: Partial<StockRow> = {}): StockRow {
  return stockRow({ ...row }) as unknown as StockRow;
}

type Version = (cube: CubeOptions) => CubeOptions;
let version: Version = (cube) => cube;
let limits: LimitOverrides = {};

/** The next calls run the code of another version, which says other things of stock movements, or has other limits. */
export function deploy(next: Version, bounds: LimitOverrides = {}): void {
  version = next;
  limits = bounds;
}

/** The shipped stock movements in the version that is deployed, kept for a year; no other cube. */
export function startExpiring(share = 1): Backend {
  const cubes = () => ({ inventory: { ...version(shippedCubes.inventory), expire: "1 year" } });
  return startBackend(share, schema, { cubes, limits: () => limits });
}

/** A tenant with all of `rows` recorded, folded and verified. */
export async function recorded(rows: StockRow[], share = 1, timezone = "UTC") {
  const t = startExpiring(share);
  const ann = await tenantOf(t, "acme", { timezone });
  await foldAll(t, "acme", 400);
  for (let i = 0; i < rows.length; i += 50) {
    await ann.mutation(api.inventory.recordBatch, {
      tenantId: "acme",
      rows: rows.slice(i, i + 50),
    });
  }
  await foldAll(t, "acme", 400);
  await pass(t);
  return { t, ann };
}

/** Runs verification until one whole pass more is complete. */
export async function pass(t: Backend): Promise<void> {
  const passes = () =>
    inside(t, async (ctx) => (await ctx.db.query("verifications").first())?.passes ?? 0);
  const before = await passes();
  for (let run = 0; run < 200 && (await passes()) === before; run++) {
    await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
  }
  expect(await passes()).toBe(before + 1);
}

export const records = (t: Backend) =>
  t.run(async (ctx) => await ctx.db.query("inventoryRecords").collect());

export const sourceFrom = (t: Backend) =>
  inside(t, async (ctx) => (await ctx.db.query("sourceStates").first())?.from ?? null);

export const states = (t: Backend) =>
  inside(t, async (ctx) =>
    (await ctx.db.query("rollupStates").collect()).filter(({ cube }) => cube === "inventory"),
  );

/** One step of expiry. */
export const step = (t: Backend) =>
  t.mutation(inner.expiry.expire.step, { tenantId: "acme", cube: "inventory" });

/** Steps until nothing more expires; returns how many records were left after each. */
export async function expireAll(t: Backend): Promise<number[]> {
  const left: number[] = [];
  let last = "";
  for (;;) {
    await step(t);
    const count = (await records(t)).length;
    const now = `${await sourceFrom(t)}/${count}`;
    if (now === last) return left;
    left.push(count);
    last = now;
  }
}

export const health = (ann: Member) => ann.query(api.aggregates.health, { tenantId: "acme" });

export async function blocked(ann: Member): Promise<string | null | undefined> {
  return (await health(ann)).sources.find(({ cube }) => cube === "inventory")?.blocked;
}

/** Questions that reach into expired history, each for rollups of other dimensions and levels. */
export const questions: Question[] = [
  { measures: ["inventory.count", "inventory.quantity", "inventory.value"] },
  {
    measures: ["inventory.quantity", "inventory.onHand"],
    dimensions: ["inventory.warehouse"],
    timeDimensions: [
      {
        dimension: "inventory.occurredAt",
        granularity: "month",
        dateRange: ["2024-01-01", "2026-03-01"],
      },
    ],
  },
  {
    measures: ["inventory.count", "inventory.minUnitCost", "inventory.maxUnitCost"],
    dimensions: ["inventory.category"],
    timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "year" }],
  },
  {
    measures: ["inventory.count", "inventory.quantity"],
    dimensions: ["inventory.product"],
    timeDimensions: [
      { dimension: "inventory.occurredAt", dateRange: ["2024-02-05", "2025-03-20"] },
    ],
  },
  {
    measures: ["inventory.quantity"],
    timeDimensions: [
      {
        dimension: "inventory.occurredAt",
        granularity: "hour",
        dateRange: ["2024-12-30", "2025-01-10"],
      },
    ],
  },
];

/** Every question is answered from a rollup, as from everything that was ever recorded. */
export async function expectAnswers(
  ann: Member,
  ever: StockRow[],
  zone = "UTC",
  asked: (question: Question) => boolean = () => true,
): Promise<void> {
  for (const question of questions.filter(asked)) {
    const given = await load(ann, question);
    expect({ route: given.servedBy, exact: given.exact }).toEqual({
      route: expect.stringMatching(/^inventory\.\w+@1$/) as string,
      exact: true,
    });
    expect(sorted(given.data)).toEqual(sorted(answer(inventory, ever, question, zone)));
  }
}

function sorted(rows: readonly Record<string, unknown>[]): string[] {
  return rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort();
}

/** What a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error === null) return "answered";
  const data = (error as { data?: unknown }).data;
  const parsed = (typeof data === "string" ? JSON.parse(data) : data) as { code?: string } | null;
  return parsed?.code ?? String(error);
}

/** The stored record that bears these values. */
export async function find(t: Backend, row: Partial<StockRow>): Promise<Id<"inventoryRecords">> {
  const doc = (await records(t)).find((one) =>
    Object.entries(row).every(([field, value]) => one[field as keyof StockRow] === value),
  );
  if (doc === undefined) throw new Error("No such record.");
  return doc._id;
}
