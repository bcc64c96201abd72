/**
 * Both ways of answering, compared while sixteen writers insert, edit and delete: each comparison is of one commit, so
 * none may find a difference; `COMPARISONS` says how many. A fault is then found by what a page reports.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBackendProcess, type BackendProcess } from "../../bench/support/backendProcess.js";
import { Tenant } from "../../bench/support/tenant.js";
import { BackendClient } from "../../cli/backendClient.js";
import { api } from "../../convex/_generated/api.js";
import type { Comparison } from "../../src/client/index.js";
import { stockRow, watchRow } from "../convex/harness.js";
import { heavyProfile, stageLimits } from "../support/stage.js";

const COMPARISONS = Number(process.env.COMPARISONS ?? 10_000);
const WRITERS = 16;
const COMPARERS = 4;
/** Records of a writer: all of them together fit the scan of a comparison. */
const RECORDS = 40;
const tenantId = "acme";
const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);

const time = (granularity?: string, dateRange?: string[]) => ({
  dimension: "inventory.occurredAt",
  ...(granularity && { granularity }),
  ...(dateRange && { dateRange }),
});
const range = ["2026-01-05", "2026-02-10"];

const questions: readonly object[] = [
  { measures: ["inventory.count", "inventory.quantity"], total: true },
  {
    measures: ["inventory.count", "inventory.quantity"],
    dimensions: ["inventory.category"],
    order: [["inventory.quantity", "desc"]],
  },
  {
    measures: ["inventory.quantity"],
    dimensions: ["inventory.category"],
    order: [["inventory.quantity", "desc"]],
    limit: 2,
    total: true,
  },
  { measures: ["inventory.count"], timeDimensions: [time("day", range)] },
  { measures: ["inventory.quantity"], timeDimensions: [time("month")] },
  {
    measures: ["inventory.count", "inventory.quantity"],
    dimensions: ["inventory.category"],
    timeDimensions: [time("week", range)],
  },
  {
    measures: ["inventory.quantity"],
    timeDimensions: [{ ...time("day"), compareDateRange: [range, ["2026-02-11", "2026-03-20"]] }],
  },
  {
    measures: ["watch.count", "watch.durationSeconds"],
    dimensions: ["watch.category"],
    timeDimensions: [{ dimension: "watch.watchedAt", dateRange: range }],
  },
  {
    measures: ["watch.count"],
    timeDimensions: [{ dimension: "watch.watchedAt", granularity: "day" }],
    timezone: "UTC",
  },
];

/** A number below `below` that looks like chance, and is the same in every run. */
function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

let backend: BackendProcess;
let tenant: Tenant;
let running = true;
let writes = 0;
let compared = 0;

beforeAll(async () => {
  const env = { ROLLUPS_REST_MS_MIN: "100", ROLLUPS_REST_MS_MAX: "1000" };
  backend = await startBackendProcess({ env, limits: stageLimits, profile: heavyProfile });
  tenant = await Tenant.open(backend, tenantId);
  await tenant.settled();
});
afterAll(() => backend.stop());

/** Inserts, edits and deletes, one after the other, until the comparisons are done. */
async function writer(number: number): Promise<void> {
  const client = tenant.connect();
  const roll = dice(number + 1);
  const at = () => BEGIN + roll(90) * DAY + roll(DAY);
  const own: { stock: string; watch: string }[] = [];
  const others = { warehouse: `Warehouse ${number % 3}`, product: `Product ${number}` };
  while (running) {
    const kind = own.length === 0 ? 0 : own.length >= RECORDS ? 3 : roll(4);
    const row = { category: `Category ${roll(4)}`, quantity: roll(50), occurredAt: at() };
    const known = own[roll(Math.max(1, own.length))] ?? { stock: "", watch: "" };
    if (kind <= 1) {
      const stored = await client.mutation(api.inventory.record, {
        tenantId,
        row: stockRow({ ...others, ...row }) as never,
      });
      const watched = await client.mutation(api.watch.record, {
        tenantId,
        row: watchRow({ category: row.category, watchedAt: at() }) as never,
      });
      own.push({ stock: stored.id, watch: watched.id });
    } else if (kind === 2) {
      await client.mutation(api.inventory.update, {
        tenantId,
        id: known.stock as never,
        patch: row,
      });
    } else {
      await client.mutation(api.inventory.remove, { tenantId, id: known.stock as never });
      await client.mutation(api.watch.remove, { tenantId, id: known.watch as never });
      own.splice(own.indexOf(known), 1);
    }
    writes++;
    // As many as there are comparisons, so that folding keeps up with them on a busy machine.
    do await sleep(20 + roll(60));
    while (running && writes > compared + WRITERS);
  }
}

const isFolded = (found: Comparison) => "reason" in found && found.reason === "Folded";

describe("comparing both ways", () => {
  test(`finds no difference in ${COMPARISONS} comparisons under ${WRITERS} writers`, async () => {
    const writers = Promise.all(Array.from({ length: WRITERS }, (_, i) => writer(i)));
    const outcomes: Record<string, number> = {};
    const routes = new Set<string>();
    const commits = new Set<string>();
    const differences: Comparison[] = [];
    const comparer = async () => {
      const client = new BackendClient(backend.url, { adminKey: backend.adminKey });
      while (compared < COMPARISONS) {
        const query = questions[compared++ % questions.length];
        const asked = { tenantId, query };
        let found = await client.query<Comparison>("flags:compare", asked);
        // More is unfolded than an answer adds: the question is asked again, once the worker has come by.
        for (let again = 0; again < 100 && isFolded(found); again++) {
          await sleep(500);
          found = await client.query<Comparison>("flags:compare", asked);
        }
        const name = "reason" in found ? `${found.outcome} ${found.reason}` : found.outcome;
        outcomes[name] = (outcomes[name] ?? 0) + 1;
        if ("route" in found) {
          routes.add(found.route);
          commits.add(found.commit);
        }
        if (found.outcome === "different") differences.push(found);
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: COMPARERS }, comparer)).finally(() => {
      running = false;
    });
    await writers;
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(
      `${COMPARISONS} comparisons in ${seconds.toFixed(0)} s, ${writes} writes, ${commits.size} commits: ${JSON.stringify(outcomes)}`,
    );
    expect(differences).toEqual([]);
    expect(outcomes).toEqual({ equal: COMPARISONS });
    expect([...routes].every((route) => /^(inventory|watch)\.\w+@1$/.test(route))).toBe(true);
    expect(routes.size).toBeGreaterThanOrEqual(3);
    expect(commits.size).toBeGreaterThan(COMPARISONS / 100);
    expect(writes).toBeGreaterThan(COMPARISONS / 100);
  }, 3_600_000);

  test("compares what a page reports, each in its cube's share of the minute", async () => {
    const client = tenant.connect();
    await tenant.settled();
    await client.mutation(api.flags.move, { tenantId, stage: "shadow" });
    for (const query of questions) await client.action(api.flags.report, { tenantId, query });
    const { comparisons, differences } = await client.query(api.flags.differences, { tenantId });
    expect(differences).toEqual([]);
    expect(comparisons).toMatchObject([
      { cube: "inventory", equal: 7, different: 0, failed: {}, skipped: {} },
      { cube: "watch", equal: 2, different: 0, failed: {}, skipped: {} },
    ]);
    const flag = await client.query(api.flags.get, { tenantId });
    expect(flag).toMatchObject({ mode: "off", rollout: { stage: "shadow", cubes: {} } });
  });
});
