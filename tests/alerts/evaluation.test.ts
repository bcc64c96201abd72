// @vitest-environment edge-runtime
/** Alerts on convex-test: what is seen of a tenant, who sees it, what is told, and that it costs nothing else. */
import { internalActionGeneric, internalMutationGeneric } from "convex/server";
import { afterEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { Doc } from "../../convex/components/rollups/_generated/dataModel.js";
import type { MutationCtx } from "../../convex/components/rollups/_generated/server.js";
import { components as inComponent } from "../../convex/components/rollups/_generated/api.js";
import {
  alertArgs,
  type AlertNotice,
  type CatalogueOptions,
  type LimitOverrides,
} from "../../src/client/index.js";
import {
  foldAll,
  foldOnce,
  inner,
  inside,
  shippedCubes,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
  type Backend,
  type Deployed,
} from "../convex/harness.js";
import { runScheduled } from "../convex/ownApp.js";
import { passStep } from "../convex/passStep.js";

const tenantId = "acme";
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const { check, deliver } = inner.alerts;

afterEach(() => void vi.useRealTimers());

/** Stock whose totals have a target. */
const targeted = (
  freshness: { warn?: number; error?: number } = { warn: MINUTE, error: 10 * MINUTE },
) => ({
  ...shippedCubes,
  inventory: {
    ...shippedCubes.inventory,
    rollups: {
      ...shippedCubes.inventory.rollups,
      totals: { ...shippedCubes.inventory.rollups.totals, freshness },
    },
  },
});

interface Options extends Deployed {
  share?: number;
  fold?: LimitOverrides["fold"];
}

/** An app that is told alerts, and what it was told. What is changed in `app` is deployed at once. */
function alerting({ fold = {}, share = 1, ...code }: Options = {}) {
  const told: AlertNotice[] = [];
  const app = {
    cubes: targeted() as CatalogueOptions,
    limits: { fold: { standstillMs: 5 * SECOND, ...fold } } as LimitOverrides,
    /** So many of the next deliveries fail. */
    fails: 0,
    attempts: [] as string[],
  };
  const notify = internalActionGeneric({
    args: alertArgs,
    handler: (_ctx, alert) => {
      app.attempts.push(alert.id);
      if (app.fails-- > 0) throw new Error("The receiver is away.");
      told.push(alert);
      return Promise.resolve(null);
    },
  });
  const t = startBackend(share, undefined, {
    cubes: () => app.cubes,
    limits: () => app.limits,
    alerts: { action: "alerts:notify" },
    notify: { notify },
    ...code,
  });
  return { t, told, app };
}

type Person = Awaited<ReturnType<typeof tenantOf>>;
const record = (ann: Person) =>
  ann.mutation(api.inventory.record, { tenantId, row: stockRow({ occurredAt: Date.now() }) });
const health = (ann: Person) => ann.query(api.aggregates.health, { tenantId });
/** And a moment: jobs are due some milliseconds after what they follow. */
const later = (ms: number) => void vi.setSystemTime(Date.now() + ms + 20);

/** Writes the counts of stock as they should not be. */
async function corrupt(t: Backend): Promise<void> {
  await inside(t, async (ctx) => {
    for (const tile of await ctx.db.query("rollupTiles").collect()) {
      const count = tile.columns["count"];
      if (!tile.rollup.startsWith("inventory.") || count === undefined) continue;
      const wrong = count.map((slots) => slots.map((slot) => (slot === null ? null : 1000)));
      await ctx.db.patch("rollupTiles", tile._id, { columns: { ...tile.columns, count: wrong } });
    }
  });
}

async function patchStates(
  ctx: MutationCtx,
  rollup: string,
  fields: Partial<Doc<"rollupStates">>,
): Promise<void> {
  for (const { _id, ...state } of await ctx.db.query("rollupStates").collect()) {
    if (state.rollup === rollup) await ctx.db.patch("rollupStates", _id, fields);
  }
}

/** A tenant that serves, all of it folded. */
async function serving(t: Backend): Promise<Person> {
  const ann = await tenantOf(t);
  await record(ann);
  await foldAll(t);
  await settled(t);
  return ann;
}

/** The worker is to come at once, and does not: its jobs do not run. */
async function woken(t: Backend): Promise<void> {
  await t.mutation(inner.wake.wake.wake, { tenantId, source: null });
}

const pending = (t: Backend, name: string) =>
  inside(t, async (ctx) =>
    (await ctx.db.system.query("_scheduled_functions").collect())
      .filter((job) => job.name.includes(name) && job.state.kind === "pending")
      .map(({ scheduledTime }) => scheduledTime),
  );

/** Runs what is due of checks and deliveries, until nothing is. */
async function settled(t: Backend): Promise<void> {
  for (let i = 0; i < 30; i++) {
    const due = await inside(t, async (ctx) =>
      (await ctx.db.system.query("_scheduled_functions").collect())
        .filter(
          ({ name, state, scheduledTime }) =>
            name.includes("alerts/") && state.kind === "pending" && scheduledTime <= Date.now(),
        )
        .map(({ _id, name, args }) => ({ _id, name, args: args[0] as never })),
    );
    if (due.length === 0) return;
    for (const { _id, name, args } of due) {
      await inside(t, (ctx) => ctx.scheduler.cancel(_id));
      if (name.includes("send")) await t.action(deliver.send, args);
      else if (name.includes("next")) await t.mutation(deliver.next, args);
      else await t.mutation(check.check, args);
    }
  }
  throw new Error("Checks and deliveries do not end.");
}

const words = (told: AlertNotice[]) =>
  told.map(({ kind, previous, state }) => `${kind} ${previous}→${state}`);

const targetOf = async (ann: Person) =>
  (await health(ann)).rollups.find((one) => one.cube === "inventory" && one.rollup === "totals")!
    .freshness;

/** The worker has not come for so long when the watch looks. */
async function seenLate(t: Backend, ms: number): Promise<void> {
  later(ms);
  await t.mutation(inner.worker.watch.watch, {});
  await settled(t);
}

describe("a worker that does not come", () => {
  test("is seen by the watch: the rollup is a warning, then an error, and over when it is well for a while", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await record(ann);
    const at = Date.now();
    await woken(t);
    await seenLate(t, 40 * SECOND);
    expect(told).toEqual([]);
    expect((await health(ann)).alerts).toEqual({ open: [], undelivered: [] });
    // No one looks again: the check that follows is scheduled.
    later(81 * SECOND);
    await settled(t);
    expect(words(told)).toEqual(["freshness ok→warn", "standstill ok→error"]);
    expect(told[0]).toMatchObject({
      ...{ tenantId, cube: "inventory", rollup: "totals", key: "acme/freshness/inventory/totals" },
      message: "inventory.totals: the oldest change that is not folded is 121 s old",
    });
    expect(Math.abs(told[0]!.since - at - MINUTE)).toBeLessThan(100);
    expect(Math.abs(told[0]!.ageMs! - 121 * SECOND)).toBeLessThan(100);
    expect(Math.abs(told[0]!.at - Date.now())).toBeLessThan(100);
    expect(await targetOf(ann)).toMatchObject({ state: "warn" });
    later(9 * MINUTE);
    await settled(t);
    expect(words(told).slice(2)).toEqual(["freshness warn→error"]);
    expect((await health(ann)).alerts!.open).toMatchObject([
      { kind: "freshness", state: "error", told: "error" },
      { kind: "standstill", cube: null, state: "error", told: "error" },
    ]);
    await foldAll(t);
    // The watch has come by, and found that it sleeps.
    await inside(t, async (ctx) => {
      for (const { _id } of await ctx.db.query("awake").collect())
        await ctx.db.delete("awake", _id);
    });
    await settled(t);
    later(MINUTE);
    await settled(t);
    expect(await targetOf(ann)).toEqual({
      ...{ ageMs: 0, state: "ok", since: null, warnMs: MINUTE, errorMs: 10 * MINUTE },
    });
    expect(told).toHaveLength(3);
    later(5 * MINUTE);
    await settled(t);
    expect(words(told).slice(3)).toEqual(["freshness error→ok", "standstill error→ok"]);
    expect((await health(ann)).alerts).toEqual({ open: [], undelivered: [] });
    // Over, and nothing follows but the attempts that were not needed: the tenant is idle.
    later(31 * SECOND);
    await settled(t);
    expect((await pending(t, "alerts/")).filter((time) => time > Date.now())).toEqual([]);
  });

  test("as an operator has stopped it is told by the rollup's age, too", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await record(ann);
    await woken(t);
    await inside(t, async (ctx) => {
      await ctx.runMutation(inComponent.batchWorker.lib.stop, { name: `fold:${tenantId}` });
    });
    await seenLate(t, 3 * MINUTE);
    expect(words(told)).toEqual(["freshness ok→warn"]);
    expect(await inside(t, (ctx) => ctx.db.query("awake").collect())).toEqual([]);
    later(8 * MINUTE + SECOND);
    await settled(t);
    expect(words(told)).toEqual(["freshness ok→warn", "freshness warn→error"]);
  });

  test("whose checks were cancelled is looked at again by the watch, as are notifications", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await record(ann);
    await woken(t);
    await seenLate(t, 40 * SECOND);
    await runScheduled(t, "alerts/", null);
    later(20 * MINUTE);
    await t.mutation(inner.worker.watch.watch, {});
    // The check, which queues what is to be told; its delivery is lost.
    await runScheduled(t, "alerts/check", check.check);
    await runScheduled(t, "alerts/", null);
    expect(told).toEqual([]);
    await seenLate(t, 3 * MINUTE);
    expect(words(told)).toEqual(["freshness ok→error", "standstill ok→error"]);
  });
});

describe("a fold", () => {
  test("that ends what lasted too long tells it, though nothing is old when it is done", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await record(ann);
    later(3 * MINUTE);
    await foldAll(t);
    await settled(t);
    expect(words(told)).toEqual(["freshness ok→warn"]);
    expect(told[0]!.ageMs).toBeGreaterThanOrEqual(3 * MINUTE);
    for (const minutes of [1, 5]) {
      later(minutes * MINUTE);
      await settled(t);
    }
    expect(words(told)).toEqual(["freshness ok→warn", "freshness warn→ok"]);
  });

  test("as they are by design writes nothing of alerts, and schedules nothing", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await runScheduled(t, "alerts/", null);
    for (let i = 0; i < 5; i++) {
      await record(ann);
      later(45 * SECOND);
      await foldAll(t);
    }
    expect(await pending(t, "alerts/")).toEqual([]);
    expect(await inside(t, (ctx) => ctx.db.query("alertStates").collect())).toEqual([]);
    expect(told).toEqual([]);
  });

  test("of a rollup that is built counts from when the build began", async () => {
    const { t, told } = alerting();
    const ann = await tenantOf(t);
    await record(ann);
    await foldOnce(t);
    later(3 * MINUTE);
    expect(await targetOf(ann)).toMatchObject({ state: "warn" });
    await foldOnce(t);
    await settled(t);
    expect(words(told)).toEqual(["freshness ok→warn"]);
    expect(told[0]!.message).toBe("inventory.totals: it has been built for 180 s");
    await foldAll(t);
    await settled(t);
    expect(await targetOf(ann)).toMatchObject({ ageMs: 0, state: "ok" });
  });

  test("of another cube does not make a rollup old", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await ann.mutation(api.watch.record, { tenantId, row: watchRow() });
    await foldAll(t);
    await record(ann);
    await foldAll(t);
    await ann.mutation(api.watch.record, { tenantId, row: watchRow() });
    later(5 * MINUTE);
    expect(await targetOf(ann)).toMatchObject({ ageMs: 0, state: "ok" });
    await foldAll(t);
    await settled(t);
    expect(told).toEqual([]);
  });
});

describe("at once is told", () => {
  test("a rollup that fails, and when it is built again", async () => {
    // A hundredth of the limits stands in for a hundred times the combinations.
    const { t, told } = alerting({ share: 0.02 });
    const ann = await serving(t);
    for (let batch = 0; batch < 30 && told.length === 0; batch++) {
      const rows = Array.from({ length: 25 }, (_, i) =>
        watchRow({ videoId: `${batch}-${i}`, title: "x".repeat(200), category: `C${i % 3}` }),
      );
      await ann.mutation(api.watch.recordBatch, { tenantId, rows });
      await foldAll(t, tenantId, 400);
      await settled(t);
    }
    const failed = (await health(ann)).rollups.filter(({ status }) => status === "failed");
    expect(failed).toMatchObject([{ cube: "watch", rollup: "by_video" }]);
    expect(words(told)).toEqual(["failed ok→error"]);
    expect(told[0]).toMatchObject({
      cube: "watch",
      rollup: "by_video",
      key: "acme/failed/watch/by_video",
    });
    expect(told[0]!.message).toBe(`watch.by_video: ${failed[0]!.failure!.message}`);
    // As after a new definition.
    await inside(t, (ctx) => patchStates(ctx, "by_video", { status: "retiring" }));
    later(61 * MINUTE);
    await settled(t);
    later(5 * MINUTE);
    await settled(t);
    expect(words(told)).toEqual(["failed ok→error", "failed error→ok"]);
  });

  test("what verification finds, and when it was restored a while ago", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await corrupt(t);
    for (let i = 0; i < 9; i++) await passStep(t);
    await foldAll(t);
    await settled(t);
    const drifts = told.filter(({ kind }) => kind === "drift");
    expect(drifts.length).toBeGreaterThan(0);
    expect(words(drifts)).toEqual(drifts.map(() => "drift ok→warn"));
    expect(drifts.map(({ cube, rollup }) => `${cube}.${rollup}`)).toContain("inventory.totals");
    expect((await health(ann)).repairs).toBe(0);
    for (let i = 0; i < 70; i++) {
      later(MINUTE);
      await settled(t);
    }
    expect(words(told).filter((one) => one === "drift warn→ok")).toHaveLength(drifts.length);
  });

  test("a rollout that was taken back, and when it is moved on", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await ann.mutation(api.flags.move, { tenantId, stage: "on" });
    await corrupt(t);
    const query = { measures: ["inventory.count"] };
    await ann.action(api.flags.report, { tenantId, query });
    expect((await ann.query(api.flags.get, { tenantId })).rollout.cubes).toMatchObject({
      inventory: { mode: "off" },
    });
    await settled(t);
    expect(words(told)).toEqual(["rollback ok→error"]);
    expect(told[0]).toMatchObject({
      ...{ cube: "inventory", rollup: null, key: "acme/rollback/inventory" },
      message: "inventory: its rollout was taken back, by 1 differences",
    });
    await ann.mutation(api.flags.move, { tenantId, stage: "follow", cube: "inventory" });
    await settled(t);
    later(5 * MINUTE);
    await settled(t);
    expect(words(told)).toEqual(["rollback ok→error", "rollback error→ok"]);
  });

  test("a budget that is used up", async () => {
    const { t, told, app } = alerting();
    const ann = await serving(t);
    app.limits = { ...app.limits, cost: { megabytesPerMonth: 0.01 } };
    await record(ann);
    await foldAll(t);
    await settled(t);
    expect(words(told)).toEqual(["budget ok→warn"]);
    expect((await health(ann)).budget).toMatchObject({ isOver: true });
    // The month ends, and an hour later at most a check sees it.
    later(31 * 24 * 60 * MINUTE);
    await settled(t);
    later(5 * MINUTE);
    await settled(t);
    expect(words(told)).toEqual(["budget ok→warn", "budget warn→ok"]);
  });
});

/** Three alerts, one after the other, none of which is delivered yet. */
async function queued(t: Backend, ann: Person): Promise<void> {
  await record(ann);
  await woken(t);
  later(20 * MINUTE);
  await t.mutation(inner.worker.watch.watch, {});
  await runScheduled(t, "alerts/check", check.check);
}

describe("a delivery", () => {
  test("that fails is made again, later and later, and the next one waits for it", async () => {
    const { t, told, app } = alerting();
    const ann = await serving(t);
    app.fails = 3;
    await queued(t, ann);
    await settled(t);
    expect(app.attempts).toHaveLength(1);
    expect((await health(ann)).alerts!.undelivered).toMatchObject([
      { kind: "freshness", attempts: 1, error: "The receiver is away.", isGivenUp: false },
    ]);
    for (const seconds of [30, 60]) {
      later((seconds - 2) * SECOND);
      await settled(t);
      const before = app.attempts.length;
      later(2 * SECOND);
      await settled(t);
      expect(app.attempts).toHaveLength(before + 1);
    }
    later(120 * SECOND);
    await settled(t);
    expect(words(told)).toEqual(["freshness ok→error", "standstill ok→error"]);
    expect(new Set(app.attempts.slice(0, 4)).size).toBe(1);
    expect((await health(ann)).alerts!.undelivered).toEqual([]);
  });

  test("that fails six times is given up, told by health for a week, and the next one is made", async () => {
    const { t, told, app } = alerting();
    const ann = await serving(t);
    app.fails = 6;
    await queued(t, ann);
    await foldAll(t);
    for (let i = 0; i < 70; i++) {
      later(30 * SECOND);
      await settled(t);
    }
    expect(app.attempts.filter((id) => id === app.attempts[0])).toHaveLength(6);
    expect(words(told)[0]).toBe("standstill ok→error");
    expect((await health(ann)).alerts!.undelivered).toMatchObject([
      {
        kind: "freshness",
        state: "error",
        attempts: 6,
        error: "The receiver is away.",
        isGivenUp: true,
      },
    ]);
    later(8 * 24 * 60 * MINUTE);
    expect((await health(ann)).alerts!.undelivered).toEqual([]);
  });

  test("whose action is lost is made again", async () => {
    const { t, told } = alerting();
    const ann = await serving(t);
    await queued(t, ann);
    await runScheduled(t, "alerts/deliver:next", deliver.next);
    await runScheduled(t, "alerts/deliver:send", null);
    expect(told).toEqual([]);
    later(30 * SECOND);
    await settled(t);
    expect(words(told)).toEqual(["freshness ok→error", "standstill ok→error"]);
  });

  test("to a mutation is made, too", async () => {
    const told: string[] = [];
    const store = internalMutationGeneric({
      args: alertArgs,
      handler: (_ctx, { kind }) => void told.push(kind),
    });
    const code = { alerts: { mutation: "alerts:store" }, notify: { store } };
    const { t } = alerting(code);
    const ann = await serving(t);
    await queued(t, ann);
    await settled(t);
    expect(told).toEqual(["freshness", "standstill"]);
  });

  test("beyond what the deployment is told in an hour waits", async () => {
    const { t, told, app } = alerting();
    const ann = await serving(t);
    app.limits = { ...app.limits, alerts: { deploymentPerHour: 1 } };
    await queued(t, ann);
    await settled(t);
    expect(words(told)).toEqual(["freshness ok→error"]);
    expect((await health(ann)).alerts!.open).toMatchObject([
      { kind: "freshness", told: "error" },
      { kind: "standstill", state: "error", told: "ok" },
    ]);
    later(61 * MINUTE);
    await settled(t);
    expect(words(told)).toEqual(["freshness ok→error", "standstill ok→error"]);
  });
});

describe("an app without alerts", () => {
  test("has none, whatever happens, and its targets are told by health", async () => {
    const t = startBackend(1, undefined, { cubes: () => targeted() });
    const ann = await serving(t);
    await record(ann);
    await woken(t);
    await seenLate(t, 20 * MINUTE);
    await foldAll(t);
    expect(await pending(t, "alerts/")).toEqual([]);
    const { alerts, rollups } = await health(ann);
    expect(alerts).toBe(null);
    expect(rollups.filter(({ freshness }) => freshness !== null)).toHaveLength(1);
  });

  test("that had some forgets them", async () => {
    const alerts = { action: "alerts:notify" };
    const code: Deployed = { alerts };
    const { t } = alerting(code);
    const ann = await serving(t);
    await queued(t, ann);
    expect(await inside(t, (ctx) => ctx.db.query("alertStates").collect())).toHaveLength(1);
    // What upkeep is told by the app: nothing of alerts.
    await inside(t, (ctx) =>
      ctx.db
        .query("config")
        .first()
        .then((row) => ctx.db.patch("config", row!._id, { source: "function://none" })),
    );
    await t.mutation(check.check, { tenantId });
    expect(await inside(t, (ctx) => ctx.db.query("alertStates").collect())).toEqual([]);
  });
});

describe("a target", () => {
  test("that changes, comes or goes rebuilds nothing, and no one walks", async () => {
    const { t, app } = alerting();
    const ann = await serving(t);
    await t.mutation(inner.worker.watch.watch, {});
    const before = await health(ann);
    const stamp = () => inside(t, (ctx) => ctx.db.query("config").first());
    const declared = (await stamp())!.declared;
    const catalog = () => ann.query(api.held.catalog, { tenantId, key: "", cube: "inventory" });
    const { fingerprint } = await catalog();
    for (const cubes of [targeted({ error: 2 * MINUTE }), shippedCubes, targeted()]) {
      app.cubes = cubes;
      expect(await foldOnce(t)).toBe(false);
      await t.mutation(inner.worker.watch.watch, {});
      expect((await stamp())!.declared).toBe(declared);
      const after = await health(ann);
      const states = ({ rollups }: typeof after) =>
        rollups.map(({ cube, rollup, generation, status }) => [cube, rollup, generation, status]);
      expect(states(after)).toEqual(states(before));
      // What browsers hold stays, too.
      expect((await catalog()).fingerprint).toBe(fingerprint);
    }
    expect(await targetOf(ann)).toMatchObject({ warnMs: MINUTE, errorMs: 10 * MINUTE });
  });
});
