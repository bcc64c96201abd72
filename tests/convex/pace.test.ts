// @vitest-environment edge-runtime
/** When a worker is due: rests, back-off after iterations that were lost, and what is said about it. */
import { describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import {
  firstRestMs,
  foldLimits,
  paceMs,
  restMs,
} from "../../convex/components/rollups/limits/fold.js";
import { afterIteration, strikesOf } from "../../convex/components/rollups/wake/awake.js";
import {
  foldAll,
  foldOnce,
  inner,
  inside,
  NOW,
  shippedCubes,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
} from "./harness.js";
import schema from "../../convex/schema.js";
import { runScheduled } from "./ownApp.js";

const SECOND = 1000;
const tenantId = "acme";

type Member = Awaited<ReturnType<typeof tenantOf>>;

const record = (member: Member, rows = 1) =>
  member.mutation(api.inventory.recordBatch, {
    tenantId,
    rows: Array.from({ length: rows }, () => stockRow()),
  });
const awake = (t: Backend) => inside(t, (ctx) => ctx.db.query("awake").unique());
const plan = (t: Backend) => t.query(inner.worker.nextWork.nextWork, { name: `fold:${tenantId}` });
const wake = (t: Backend, isPatient?: boolean) =>
  t.mutation(inner.wake.wake.wake, {
    tenantId,
    source: null,
    ...(isPatient === undefined ? {} : { isPatient }),
  });
const health = (member: Member) => member.query(api.aggregates.health, { tenantId });

/** A tenant that serves, and whose worker has just rested. */
async function serving() {
  const t = startBackend();
  const ann = await tenantOf(t);
  await record(ann);
  await wake(t);
  await foldAll(t);
  return { t, ann };
}

/** The plan of the next iteration, which has something to do. */
async function mustPlan(t: Backend) {
  const found = await plan(t);
  if (!("batch" in found)) throw new Error("The worker has nothing to do.");
  return found.batch;
}

describe("a rest", () => {
  test("is as long as about a hundred changes take, within its bounds", () => {
    const rest = (changes: number, seconds: number) =>
      restMs({ ...foldLimits, restSpread: 0 }, tenantId, changes, seconds * SECOND);
    expect(rest(1, 5)).toBe(45 * SECOND);
    expect(rest(50, 5)).toBe(10 * SECOND);
    expect(rest(50, 15)).toBe(30 * SECOND);
    expect(rest(2000, 2)).toBe(5 * SECOND);
    // Commits are stamped by another clock, which may be ahead.
    expect(rest(1, -1)).toBe(5 * SECOND);
  });

  test("ends before the loop's watchdog looks, which would be a call for nothing", () => {
    expect(foldLimits.restMsMax).toBeLessThan(60 * SECOND);
  });

  test("of one tenant is always the same, and those of a thousand end in different seconds", () => {
    const { restMsMin, restMsMax } = foldLimits;
    const names = Array.from({ length: 1000 }, (_, i) => `tenant-${i}`);
    const busiest = (rests: number[], windowMs: number) => {
      const counts = new Map<number, number>();
      for (const rest of rests) {
        const window = Math.floor(rest / windowMs);
        counts.set(window, (counts.get(window) ?? 0) + 1);
      }
      return Math.max(...counts.values());
    };
    const rare = () => names.map((name) => restMs(foldLimits, name, 1, 5 * SECOND));
    const first = names.map((name) => firstRestMs(foldLimits, name));
    expect(rare()).toEqual(rare());
    for (const rest of [...rare(), ...first]) {
      expect(rest).toBeGreaterThanOrEqual(restMsMin);
      expect(rest).toBeLessThanOrEqual(restMsMax);
    }
    // Nine seconds for rests of rare writes, and twelve tenths for first folds: an even share and a third.
    expect(busiest(rare(), SECOND)).toBeLessThan(150);
    expect(busiest(first, SECOND / 10)).toBeLessThan(110);
  });

  test("follows a fold that leaves nothing else to do, and an iteration that does more comes at once", async () => {
    const { t, ann } = await serving();
    await record(ann);
    vi.setSystemTime(Date.now() + 5 * SECOND);
    const batch = await mustPlan(t);
    const folded = await t.mutation(inner.worker.worker.work, batch);
    const rest = restMs(foldLimits, tenantId, 1, 5 * SECOND);
    expect(folded?.debounceMs).toBe(rest);
    expect(await awake(t)).toMatchObject({
      dueAt: Date.now() + rest,
      isSettled: true,
    });
    await ann.mutation(api.rollups.rebuild, { tenantId, cube: "inventory" });
    const begun = await t.mutation(inner.worker.worker.work, await mustPlan(t));
    expect(begun?.debounceMs).toBeLessThan(SECOND);
    expect(await awake(t)).toMatchObject({ isSettled: false });
  });

  test("of a worker that sleeps begins with a few seconds after the first write", async () => {
    const t = startBackend();
    await tenantOf(t);
    await wake(t, true);
    const { dueAt } = (await awake(t))!;
    const rest = dueAt - Date.now();
    expect(Math.abs(rest - firstRestMs(foldLimits, tenantId))).toBeLessThan(SECOND / 2);
  });

  test("is ended by who asks for work, and not by a write", async () => {
    const { t, ann } = await serving();
    await record(ann);
    await foldOnce(t);
    const rested = await awake(t);
    await wake(t, true);
    expect(await awake(t)).toEqual(rested);
    await wake(t);
    const { dueAt, isSettled } = (await awake(t))!;
    expect(Math.round((dueAt - Date.now()) / SECOND)).toBe(0);
    expect(isSettled).toBe(false);
  });
});

describe("a worker that is due at once", () => {
  test("is woken by a write of many changes, too, as it may fall asleep before that commits", async () => {
    const { t, ann } = await serving();
    await wake(t);
    expect((await awake(t))!.dueAt).toBeLessThan(Date.now() + SECOND);
    await runScheduled(t, "wake/wake", null);
    await record(ann, 249);
    expect(await runScheduled(t, "wake/wake", null)).toEqual([]);
    await record(ann, 250);
    expect(await runScheduled(t, "wake/wake", null)).toMatchObject([{ tenantId }]);
  });
});

describe("what may be written", () => {
  test("is shared by the workers that are awake", () => {
    const budget = foldLimits.writeBytesPerSecond;
    expect(paceMs(foldLimits, budget / 2, 1)).toBe(500);
    expect(paceMs(foldLimits, budget / 2, 10)).toBe(5000);
    expect(paceMs(foldLimits, 0, 10)).toBe(foldLimits.busyMs);
  });

  test("is told by the watch, which counts them, to every plan", async () => {
    const { t, ann } = await serving();
    for (let i = 0; i < 7; i++) {
      await t.mutation(inner.wake.wake.wake, { tenantId: `other-${i}`, source: null });
    }
    await t.mutation(inner.worker.watch.watch, {});
    await record(ann);
    expect((await mustPlan(t)).workers).toBe(8);
  });
});

/** Lets the loop run that is scheduled for about now. */
async function runLoop(t: Backend): Promise<void> {
  for (let i = 0; i < 3; i++) {
    vi.advanceTimersByTime(SECOND);
    await t.finishInProgressScheduledFunctions();
  }
}

describe("the walk", () => {
  test("asks once for all tenants of a link, and plans for those that are not empty only", async () => {
    const { t, ann } = await serving();
    for (const name of ["empty-1", "empty-2", "new"]) {
      await t.mutation(inner.wake.wake.wake, { tenantId: name, source: null });
    }
    await foldAll(t, "empty-1");
    await foldAll(t, "empty-2");
    const tenants = ["acme", "empty-1", "empty-2", "new"];
    const { notEmpty, lookAt } = inner.worker.kick;
    // What serves may have tiles that are too old, and what is new lacks all that is declared.
    expect(await t.query(notEmpty, { tenants })).toEqual(["acme", "new"]);
    expect((await t.query(lookAt, { tenantId })).hasWork).toBe(false);
    await record(ann);
    expect((await t.query(lookAt, { tenantId })).hasWork).toBe(true);
    expect((await t.query(lookAt, { tenantId: "new" })).hasWork).toBe(true);
  });
});

describe("the watch", () => {
  test("starts a worker again that seems to run, and whose jobs are gone", async () => {
    const { t, ann } = await serving();
    await record(ann);
    vi.clearAllTimers();
    expect(await health(ann)).toMatchObject({ worker: "running", backlog: 1 });
    vi.setSystemTime((await awake(t))!.dueAt + foldLimits.overdueMs + SECOND);
    await t.mutation(inner.worker.watch.watch, {});
    const { revive } = inner.worker.watch;
    expect(await runScheduled(t, "worker/watch:revive", revive)).toEqual([{ tenantId }]);
    await runLoop(t);
    expect(await health(ann)).toMatchObject({ backlog: 0, standstill: null });
  });

  test("starts one that sleeps on a tail, as its wake-up was lost, and strikes others from the list", async () => {
    const { t, ann } = await serving();
    await runLoop(t);
    expect((await health(ann)).worker).toBe("idle");
    vi.setSystemTime((await awake(t))!.dueAt + foldLimits.overdueMs + SECOND);
    await record(ann);
    expect(await runScheduled(t, "wake/wake", null)).toHaveLength(1);
    await t.mutation(inner.worker.watch.watch, {});
    const { revive } = inner.worker.watch;
    expect(await runScheduled(t, "worker/watch:revive", revive)).toEqual([{ tenantId }]);
    await runLoop(t);
    expect(await health(ann)).toMatchObject({ backlog: 0 });
    vi.advanceTimersByTime(foldLimits.restMsMax);
    await runLoop(t);
    expect((await health(ann)).worker).toBe("idle");
    vi.setSystemTime((await awake(t))!.dueAt + foldLimits.overdueMs + SECOND);
    await t.mutation(inner.worker.watch.watch, {});
    expect(await awake(t)).toBe(null);
  });

  test("goes on behind workers that stay overdue, and ends", async () => {
    const t = startBackend();
    await tenantOf(t);
    const count = 45;
    for (let i = 0; i < count; i++) {
      await t.mutation(inner.wake.wake.wake, { tenantId: `late-${i}`, source: null });
      vi.setSystemTime(Date.now() + 1);
    }
    vi.setSystemTime(Date.now() + foldLimits.overdueMs + SECOND);
    let runs = 0;
    let after: { after?: number } | undefined = {};
    while (after !== undefined && runs < 10) {
      await t.mutation(inner.worker.watch.watch, after);
      runs++;
      [after] = await runScheduled<{ after: number }>(t, "worker/watch:watch", null);
    }
    expect(runs).toBe(3);
    const revived = await runScheduled<{ tenantId: string }>(t, "worker/watch:revive", null);
    expect(new Set(revived.map(({ tenantId }) => tenantId)).size).toBe(count);
  });
});

describe("strikes", () => {
  const row = { dueAt: NOW, strikes: 0, calm: 0, lateMs: 0 };
  const after = (lateMs: number, known: Partial<typeof row> = {}) =>
    strikesOf({ ...row, ...known }, NOW + lateMs, foldLimits);

  test("are none without a row, on time, and within the grace", () => {
    expect(strikesOf(null, NOW, foldLimits)).toBe(0);
    expect(after(-10 * SECOND)).toBe(0);
    expect(after(foldLimits.graceMs)).toBe(0);
  });

  test("grow with how late the iteration is, up to a bound", () => {
    expect(after(10 * SECOND)).toBe(1);
    expect(after(60 * SECOND)).toBe(1);
    expect(after(120 * SECOND)).toBe(2);
    expect(after(60 * SECOND, { strikes: 2 })).toBe(3);
    expect(after(30 * 86_400 * SECOND)).toBe(foldLimits.strikesMax);
  });

  type Known = Parameters<typeof afterIteration>[0];
  const { calmIterations, calmIterationsMax } = foldLimits;
  /** One is lost, and the next goes well. */
  const lost = (known: Known): Known => ({
    ...known,
    ...afterIteration(known, known.strikes + 1, NOW, foldLimits),
  });
  /** How many iterations have to go well until there is one strike less. */
  function calmed(known: Known): [Known, number] {
    let next = known;
    let count = 0;
    while (next.strikes === known.strikes && count <= calmIterationsMax) {
      next = { ...next, ...afterIteration(next, next.strikes, NOW, foldLimits) };
      count++;
    }
    return [next, count];
  }

  test("are kept after success, and given back one by one after calm iterations", () => {
    const twice = { ...row, ...afterIteration(row, 2, NOW, foldLimits) };
    const [once, first] = calmed(twice);
    const [none, second] = calmed(once);
    expect([first, second]).toEqual([calmIterations, calmIterations]);
    expect(none).toMatchObject({ strikes: 0, calm: 0 });
  });

  test("are given back, too, where a row is from before there was patience", () => {
    const [once, first] = calmed({ ...row, strikes: 2 });
    const [none, second] = calmed(once);
    expect([first, second]).toEqual([calmIterations, calmIterations]);
    expect(none).toMatchObject({ strikes: 0, calm: 0 });
  });

  test("are given back more slowly after each loss, so that full iterations that are lost now and then become rare", () => {
    let known: Known = row;
    const counts: number[] = [];
    for (let i = 0; i < 9; i++) {
      const [next, count] = calmed(lost(known));
      known = next;
      counts.push(count);
    }
    expect(counts.slice(0, 4)).toEqual([1, 2, 4, 8].map((times) => times * calmIterations));
    expect(counts.slice(-2)).toEqual([calmIterationsMax, calmIterationsMax]);

    // What was lost long ago is forgotten.
    let count = 0;
    while (known.patience !== undefined) {
      known = { ...known, ...afterIteration(known, 0, NOW, foldLimits) };
      count++;
    }
    expect(count).toBeLessThan(2 * calmIterationsMax + calmIterations);
    expect(calmed(lost(known))[1]).toBe(calmIterations);
  });

  test("come to an end where a scheduler is always late, which is no failure", () => {
    let known: Known = row;
    let most = 0;
    for (let i = 0; i < 200; i++) {
      const now = known.dueAt + 50 * SECOND;
      const strikes = strikesOf(known, now, foldLimits);
      known = { dueAt: now, ...afterIteration(known, strikes, now, foldLimits) };
      most = Math.max(most, strikes);
    }
    expect(most).toBeLessThan(foldLimits.strikesMax);
    expect(known.strikes).toBe(0);
  });

  test("reach the plan after an iteration that was lost, and stay after one that went well", async () => {
    const { t, ann } = await serving();
    await record(ann);
    expect((await mustPlan(t)).strikes).toBe(0);
    // Nothing is committed, and the watchdog starts the loop again.
    vi.setSystemTime((await awake(t))!.dueAt + 60 * SECOND);
    const batch = await mustPlan(t);
    expect(batch.strikes).toBe(1);
    await t.mutation(inner.worker.worker.work, batch);
    expect(await awake(t)).toMatchObject({ strikes: 1 });
    await record(ann);
    expect((await mustPlan(t)).strikes).toBe(1);
  });

  test("are not what a row says that is left behind by a worker that sleeps", async () => {
    const { t, ann } = await serving();
    await inside(t, async (ctx) => {
      const left = await ctx.db.query("awake").unique();
      await ctx.db.patch("awake", left!._id, { dueAt: NOW - 3_600_000 });
    });
    // What batch-worker says of a worker that went to sleep.
    vi.setSystemTime(Date.now() + SECOND);
    await vi.advanceTimersByTimeAsync(0);
    await t.finishInProgressScheduledFunctions();
    vi.advanceTimersByTime(SECOND);
    await t.finishInProgressScheduledFunctions();
    expect((await health(ann)).worker).toBe("idle");
    await record(ann);
    await wake(t, true);
    expect((await mustPlan(t)).strikes).toBe(0);
  });
});

describe("turns to build", () => {
  test("are taken by the step, as plans of many tenants may be of one snapshot", async () => {
    let isChanged = false;
    const { totals, ...others } = shippedCubes.inventory.rollups;
    const changed = { ...totals, dimensions: ["warehouse"] };
    const cubes = () => ({
      ...shippedCubes,
      inventory: {
        ...shippedCubes.inventory,
        rollups: { ...others, totals: isChanged ? changed : totals },
      },
    });
    const limits = () => ({ fold: { buildingTenants: 1 } });
    const t = startBackend(1, schema, { cubes: cubes as never, limits });
    const names = ["a", "b"];
    for (const name of names) {
      await tenantOf(t, name);
      await foldAll(t, name);
    }
    isChanged = true;
    const plans = [];
    for (const name of names) {
      const found = await t.query(inner.worker.nextWork.nextWork, { name: `fold:${name}` });
      if (!("batch" in found)) throw new Error(`${name} has nothing to do.`);
      plans.push(found.batch);
    }
    for (const batch of plans) await t.mutation(inner.worker.worker.work, batch);
    const building = () => inside(t, (ctx) => ctx.db.query("backfills").collect());
    expect((await building()).map((one) => one.tenantId)).toEqual(["a"]);
    // It waits, and looks again by itself.
    expect(await t.query(inner.worker.nextWork.nextWork, { name: "fold:b" })).toMatchObject({
      kind: "idle",
      timeoutMs: foldLimits.turnMs,
    });
    await foldAll(t, "a");
    await foldAll(t, "b");
    const states = await inside(t, (ctx) => ctx.db.query("rollupStates").collect());
    const rebuilt = states.filter(
      ({ rollup, generation }) => rollup === "totals" && generation === 2,
    );
    expect(rebuilt.map((one) => `${one.tenantId} ${one.cube} ${one.status}`)).toEqual([
      "a inventory ready",
      "b inventory ready",
    ]);
  });
});

describe("health", () => {
  test("calls a rest no standstill, however old the changes are that it leaves", async () => {
    const { t, ann } = await serving();
    await record(ann);
    vi.setSystemTime(Date.now() + 5 * SECOND);
    await t.mutation(inner.worker.worker.work, await mustPlan(t));
    await record(ann);
    const dueAt = Date.now() + restMs(foldLimits, tenantId, 1, 5 * SECOND);
    vi.setSystemTime(dueAt - 1);
    expect(await health(ann)).toMatchObject({ dueAt, standstill: null, backlog: 1 });
    expect((await health(ann)).lagMs).toBeGreaterThan(36 * SECOND);
  });

  test("says for how long a worker has made no progress that was due", async () => {
    const { t, ann } = await serving();
    await record(ann);
    const { dueAt } = (await awake(t))!;
    vi.setSystemTime(dueAt + 130 * SECOND);
    expect((await health(ann)).standstill).toEqual({
      code: "NoProgress",
      message: "no progress for 130 s",
      forMs: 130 * SECOND,
    });
    await foldAll(t);
    expect(await health(ann)).toMatchObject({ standstill: null, backlog: 0 });
  });
});

describe("a look for work", () => {
  /** Documents and bytes that the plan reads. */
  const looked = (t: Backend) =>
    t.mutation(async (ctx) => {
      const found = await ctx.runQuery(inner.worker.nextWork.nextWork, {
        name: `fold:${tenantId}`,
      });
      const { documentsRead, bytesRead } = await ctx.meta.getTransactionMetrics();
      return { kind: found.kind, documents: documentsRead.used, bytes: bytesRead.used };
    });

  test("after a rest reads a handful of small documents where nothing was written", async () => {
    const { t } = await serving();
    const look = await looked(t);
    expect(look).toMatchObject({ kind: "idle" });
    expect(look.documents).toBeLessThanOrEqual(6);
    expect(look.bytes).toBeLessThan(2000);
  });

  test("that finds nothing to do is the last one until somebody wakes the worker", async () => {
    const { t } = await serving();
    // With a time the worker would come again by itself.
    expect(await plan(t)).toEqual({ kind: "idle", cooldownMs: 0 });
  });

  test("reads everything where something else may be to do", async () => {
    const { t, ann } = await serving();
    await ann.mutation(api.rollups.refresh, {
      ...{ tenantId, cube: "inventory", dateRange: ["2026-03-01", "2026-03-01"] },
    });
    expect(await looked(t)).toMatchObject({ kind: "work" });
    await foldAll(t);
    // Time alone may bring something: tiles grow too old.
    vi.setSystemTime(Date.now() + foldLimits.restMsMax + foldLimits.overdueMs + SECOND);
    expect((await looked(t)).documents).toBeGreaterThan(6);
  });
});
