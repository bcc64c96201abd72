// @vitest-environment edge-runtime
/**
 * The store of held tiles over the app's real functions: the answers are `load`'s at the same commit, whatever
 * happens between two transitions. The traps are those that a store of this kind falls into.
 */
import { ConvexReactClient } from "convex/react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { FOURTEEN_MONTHS, watchRows } from "../../bench/data/rows.js";
import { api, internal } from "../../convex/_generated/api.js";
import { Groups } from "../../lib/answer/groups.js";
import { WIRE_VERSION } from "../../lib/answer/wireVersion.js";
import { heldLimits } from "../../src/react/held/limits.js";
import { Subscription } from "../../src/react/held/Subscription.js";
import type { AggregateQuery } from "../../src/react/index.js";
import { foldAll, foldOnce, NOW, stockRow } from "../convex/harness.js";
import { asked, rowsOf, tenantId, worldOf, type World } from "./world.js";

const DAY_MS = 86_400_000;
const time = "watch.watchedAt";
const allTime: AggregateQuery = { measures: ["watch.count", "watch.durationSeconds"] };
const byMonth = (year: number): AggregateQuery => ({
  measures: ["watch.count"],
  timeDimensions: [
    { dimension: time, granularity: "month", dateRange: [`${year}-01-01`, `${year}-12-31`] },
  ],
});
const february: AggregateQuery = {
  measures: ["watch.count", "watch.durationSeconds"],
  timeDimensions: [
    { dimension: time, granularity: "day", dateRange: ["2026-02-01", "2026-02-28"] },
  ],
};
const byCategory: AggregateQuery = {
  measures: ["watch.count"],
  dimensions: ["watch.category"],
  timeDimensions: [{ dimension: time, dateRange: ["2026-02-01", "2026-02-28"] }],
};

let stop: (() => void)[] = [];
afterEach(() => {
  for (const one of stop) one();
  stop = [];
});

/** Watches questions, and counts how often each is told. */
function watch({ store }: World, ...queries: AggregateQuery[]) {
  const told = queries.map(() => 0);
  queries.forEach((query, i) => stop.push(store.watch(asked(query), () => void told[i]!++)));
  return told;
}

const record = (world: World, over: object = {}) => {
  const [row] = watchRows(1, { ...FOURTEEN_MONTHS, seed: 77 });
  return world.member.mutation(api.watch.record, { tenantId, row: { ...row!, ...over } });
};

describe("a store of held tiles", () => {
  test("answers what load answers at the same commit, first with tiles, then with what is written", async () => {
    const world = await worldOf();
    watch(world, allTime, february, byCategory, byMonth(2025));
    await world.client.settle();
    for (const query of [allTime, february, byCategory, byMonth(2025)]) {
      await rowsOf(world, query);
    }
    expect((await rowsOf(world, byCategory)).servedBy).toBe("watch.by_category@1");
    await record(world, { watchedAt: Date.UTC(2026, 1, 10), durationSeconds: 5 });
    await world.client.transition();
    for (const query of [allTime, february, byCategory]) await rowsOf(world, query);
    await foldAll(world.t);
    await world.client.transition();
    for (const query of [allTime, february, byCategory]) await rowsOf(world, query);
  });

  test("answers a question that held blocks cover at once, without a message", async () => {
    const world = await worldOf();
    watch(world, february, byCategory);
    await world.client.settle();
    const { length } = world.client.opened;
    const [first] = (await rowsOf(world, byCategory)).rows;
    const values = [first!["watch.category"] as string];
    const filtered = {
      ...byCategory,
      filters: [{ member: "watch.category", operator: "equals", values }],
    };
    const { rows } = await rowsOf(world, filtered);
    expect(rows).toHaveLength(1);
    watch(world, filtered);
    await world.client.settle();
    expect(world.client.opened).toHaveLength(length);
  });

  test("leaves equal rows the same objects, and tells nobody whose rows and commit stay", async () => {
    const world = await worldOf();
    const told = watch(world, byMonth(2025), february);
    await world.client.settle();
    const before = world.store.read(asked(byMonth(2025)));
    told.fill(0);
    await record(world, { watchedAt: Date.UTC(2026, 1, 10) });
    await world.client.transition();
    expect(world.store.read(asked(byMonth(2025)))).toBe(before);
    await foldAll(world.t);
    await world.client.transition();
    expect(world.store.read(asked(byMonth(2025)))).toBe(before);
    const commit = world.store.standing(asked(byMonth(2025)).key)!.asOf!;
    expect(world.store.includes(asked(byMonth(2025)).key, commit)).toBe(true);
    expect(world.store.includes(asked(byMonth(2025)).key, String(BigInt(commit) + 1n))).toBe(false);
    told.fill(0);
    await world.client.transition();
    expect(told).toEqual([0, 0]);
  });

  test("looks at the cells that a write changes and no others, and at none where a fold changes none", async () => {
    const world = await worldOf();
    const questions = [february, byCategory, byMonth(2026)];
    watch(world, ...questions);
    await world.client.settle();
    const ways = (["addCell", "addTileCell"] as const).map((way) =>
      vi.spyOn(Groups.prototype, way),
    );
    for (const way of ways) stop.push(() => way.mockRestore());
    const looks = () => ways.reduce((sum, { mock }) => sum + mock.calls.length, 0);
    const forget = () => ways.forEach((way) => way.mockClear());
    const write = async () => {
      forget();
      await record(world, { watchedAt: Date.UTC(2026, 1, 10), durationSeconds: 5 });
      await world.client.transition();
      return looks();
    };
    // The first time all cells are taken in; what follows then is kept up.
    expect(await write()).toBeGreaterThan(2 * questions.length);
    expect(await write()).toBe(questions.length);
    for (const query of questions) await rowsOf(world, query);
    await foldAll(world.t);
    forget();
    const before = questions.map((query) => world.store.read(asked(query)));
    await world.client.transition();
    expect(looks()).toBe(0);
    expect(questions.map((query) => world.store.read(asked(query)))).toEqual(before);
    expect(await write()).toBe(questions.length);
    for (const query of questions) await rowsOf(world, query);
  });

  test("leaves all to the server once it speaks another version, and reads nothing of it", async () => {
    const world = await worldOf();
    watch(world, february);
    await world.client.settle();
    await rowsOf(world, february);
    world.client.spoken = (name, value) =>
      name === "held:catalog"
        ? { ...(value as object), version: WIRE_VERSION + 1 }
        : name === "held:tail"
          ? { changes: "of another form" }
          : value;
    await world.client.transition();
    watch(world, byCategory);
    await world.client.settle();
    for (const query of [february, byCategory]) {
      expect(world.store.read(asked(query))).toBeNull();
      expect(world.store.standing(asked(query).key)?.reason).toBe("Outdated");
    }
    expect(world.store.generations).toBeNull();
    expect(await world.store.explain(asked(february).wire)).toBeNull();
    // Code of that version would: the next visit of this one asks for nothing by what it kept of another.
    world.store.stop();
    const kept = world.kept.at(-1)!;
    const catalog = { ...kept.catalog, version: WIRE_VERSION + 1 };
    const { length } = world.client.opened;
    watch({ ...world, store: world.storeOf({ ...kept, catalog }) }, february);
    expect(world.client.opened.slice(length).map(({ name }) => name)).toEqual(["held:key"]);
  });

  test("includes a commit of another cube once the client is told of it, by the same rows", async () => {
    const world = await worldOf();
    const told = watch(world, february);
    await world.client.settle();
    const { key } = asked(february);
    const before = world.store.read(asked(february));
    const asOf = world.store.standing(key)!.asOf!;
    const moved = { tenantId, row: stockRow() as never };
    const { commitTs } = await world.member.mutation(api.inventory.record, moved);
    const commit = String(commitTs);
    await world.client.transition();
    // Nothing that is held has moved.
    expect(world.store.standing(key)!.asOf).toBe(asOf);
    expect(world.store.includes(key, commit)).toBe(false);
    told.fill(0);
    world.store.told(BigInt(commit));
    await world.client.settle();
    expect(world.store.includes(key, commit)).toBe(true);
    expect(world.store.includes(key, String(BigInt(commit) + 1n))).toBe(false);
    expect(told).toEqual([1]);
    expect(world.store.read(asked(february))).toBe(before);
    await rowsOf(world, february);
  });

  test("leaves to the server what it cannot answer, by a named reason", async () => {
    const world = await worldOf();
    const range = (from: string, to: string) => [
      { dimension: time, dateRange: [from, to] as const },
    ];
    const questions: [string, AggregateQuery][] = [
      ["NoRollup", { measures: ["watch.medianDuration"], dimensions: ["watch.viewer"] }],
      [
        "Edge",
        {
          measures: ["watch.count"],
          timeDimensions: range("2026-02-01T07:20:00.000", "2026-02-03T16:14:59.999"),
        },
      ],
      ["Invalid", { measures: ["watch.nothing"] }],
    ];
    watch(world, ...questions.map(([, query]) => query));
    await world.client.settle();
    for (const [reason, query] of questions) {
      expect(world.store.read(asked(query))).toBeNull();
      expect(world.store.standing(asked(query).key)?.reason).toBe(reason);
    }
  });

  test("leaves a lost extreme to the server until it is found again", async () => {
    const world = await worldOf({ rows: 60 });
    const longest: AggregateQuery = { measures: ["watch.longest"] };
    const { id } = await record(world, { durationSeconds: 99_999 });
    await foldAll(world.t);
    watch(world, longest);
    await world.client.settle();
    expect((await rowsOf(world, longest)).rows).toEqual([{ "watch.longest": 99_999 }]);
    await world.member.mutation(api.watch.remove, { tenantId, id });
    await world.client.settle();
    expect(world.store.read(asked(longest))).toBeNull();
    expect(world.store.standing(asked(longest).key)?.reason).toBe("ExtremePending");
    await foldAll(world.t);
    await world.client.settle();
    expect((await rowsOf(world, longest)).rows[0]!["watch.longest"]).toBeLessThan(99_999);
  });

  test("leaves to the server what is too large", async () => {
    const world = await worldOf({ code: { limits: () => ({ held: { tilesBytes: 300 } }) } });
    watch(world, allTime, february);
    await world.client.settle();
    expect(world.store.standing(asked(february).key)?.reason).toBe("TooLarge");
  });

  test("fetches the cheapest at once, and later what is too much then: the server answers meanwhile", async () => {
    const { roundBytes } = heldLimits;
    stop.push(() => void (heldLimits.roundBytes = roundBytes));
    heldLimits.roundBytes = 1;
    const world = await worldOf();
    watch(world, byCategory, allTime);
    await world.client.settle();
    const reasons = () =>
      [byCategory, allTime].map((query) => world.store.standing(asked(query).key)?.reason);
    expect(new Set(reasons())).toEqual(new Set([null, "Later"]));
    const [later] = [byCategory, allTime].filter((_, i) => reasons()[i] === "Later");
    expect(world.store.read(asked(later!))).toBeNull();
    vi.advanceTimersByTime(heldLimits.laterMs);
    await world.client.settle();
    for (const query of [byCategory, allTime]) await rowsOf(world, query);
  });

  test("starts by what was known at the last visit: tiles are asked for beside key and catalog", async () => {
    const world = await worldOf();
    watch(world, february);
    await world.client.settle();
    const [bootstrap] = world.kept;
    world.store.stop();
    const again = { ...world, store: world.storeOf(bootstrap!) };
    const { length } = world.client.opened;
    watch(again, february);
    await Promise.resolve();
    const names = world.client.opened.slice(length).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["held:key", "held:catalog", "held:tail", "held:tiles"]),
    );
    await world.client.transition();
    await rowsOf(again, february);
  });

  test("replaces a stale key of the last visit by itself", async () => {
    const world = await worldOf();
    watch(world, february);
    await world.client.settle();
    world.store.stop();
    const stale = { ...world.kept[0]!, key: "0".repeat(32) };
    const again = { ...world, store: world.storeOf(stale) };
    watch(again, february);
    await world.client.settle();
    await rowsOf(again, february);
    expect(world.kept.at(-1)!.key).toBe(world.kept[0]!.key);
  });
});

describe("traps", () => {
  test("trap 1: blocks that overlap count their tiles once", async () => {
    const world = await worldOf();
    // A year's blocks are aligned; all time is one block up to now, which covers them.
    watch(world, byMonth(2025));
    await world.client.settle();
    watch(world, allTime, byMonth(2024), { ...byMonth(2025), limit: 3 });
    await world.client.settle();
    const tiles = world.client.open("held:tiles");
    const ofYears = tiles.filter(
      (one) => one["granularity"] === "month" || one["granularity"] === "year",
    );
    expect(ofYears.some(({ from }) => from === null)).toBe(true);
    expect(ofYears.some(({ from, to }) => from !== null && to !== null)).toBe(true);
    for (const query of [allTime, byMonth(2024), byMonth(2025)]) await rowsOf(world, query);
    await rowsOf(world, {
      measures: ["watch.count"],
      timeDimensions: byMonth(2025).timeDimensions!,
    });
  });

  test("trap 1: a write to a block that two reads share counts once in an answer that is kept up", async () => {
    const world = await worldOf();
    // Hours at both ends and a whole day between: two reads of hours, and one block holds both.
    const dateRange: [string, string] = ["2026-02-05T05:00:00", "2026-02-07T06:59:59.999"];
    const ragged: AggregateQuery = {
      measures: ["watch.count", "watch.durationSeconds"],
      timeDimensions: [{ dimension: time, dateRange }],
    };
    watch(world, ragged);
    await world.client.settle();
    const hours = world.client.open("held:tiles").filter((one) => one["granularity"] === "hour");
    expect(hours).toHaveLength(1);
    for (const watchedAt of [5, 6, 7].map((day) => Date.UTC(2026, 1, day, 5))) {
      for (let times = 0; times < 2; times++) {
        await record(world, { watchedAt });
        await world.client.transition();
        expect((await rowsOf(world, ragged)).servedBy).toBe("watch.totals@1");
      }
    }
    await foldAll(world.t);
    await world.client.transition();
    await rowsOf(world, ragged);
  });

  test("trap 2: a further question changes the arguments of no live query", async () => {
    const world = await worldOf();
    watch(world, february);
    await world.client.settle();
    const before = world.client.open("held:tiles").map((args) => JSON.stringify(args));
    watch(world, byCategory, byMonth(2025), allTime);
    await world.client.settle();
    const after = world.client.open("held:tiles").map((args) => JSON.stringify(args));
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBeGreaterThan(before.length);
    expect(new Set(after).size).toBe(after.length);
    for (const name of ["held:key", "held:catalog", "held:tail"]) {
      expect(world.client.open(name)).toHaveLength(1);
    }
  });

  test("trap 3: midnight and the end of a partition move no arguments, and answers go on", async () => {
    const world = await worldOf();
    const days = (from: string, to: string): AggregateQuery => ({
      measures: ["watch.count"],
      timeDimensions: [{ dimension: time, granularity: "day", dateRange: [from, to] }],
    });
    watch(world, days("2026-02-01", "2026-03-31"), allTime);
    await world.client.settle();
    const { length } = world.client.opened;
    vi.setSystemTime(NOW + 32 * DAY_MS);
    await record(world, { watchedAt: NOW + 31 * DAY_MS });
    await world.client.settle();
    expect(world.client.opened).toHaveLength(length);
    await rowsOf(world, allTime);
    await rowsOf(world, days("2026-02-01", "2026-03-31"));
    // A question asked now is cut by the new month; what is held of the old one covers it.
    expect((await rowsOf(world, days("2026-04-01", "2026-04-02"))).rows).toHaveLength(1);
    expect(world.client.opened).toHaveLength(length);
  });

  test("trap 4: two subscriptions to one query are two listeners of the stock client", () => {
    class NoSocket {
      close() {}
    }
    const client = new ConvexReactClient("http://127.0.0.1:9", {
      webSocketConstructor: NoSocket as never,
      logger: false,
    });
    const changed = () => undefined;
    const subscribe = () => new Subscription(client, api.held.key, { tenantId }, changed);
    const [one, other] = [subscribe(), subscribe()];
    one.stop();
    one.stop();
    expect(() => other.stop()).not.toThrow();
  });

  test("trap 5: nothing is evaluated in the middle of a transition", async () => {
    const world = await worldOf();
    watch(world, february, allTime);
    await world.client.settle();
    const before = [world.store.read(asked(february)), world.store.read(asked(allTime))];
    await record(world, { watchedAt: Date.UTC(2026, 1, 10) });
    await foldOnce(world.t);
    await record(world, { watchedAt: Date.UTC(2026, 1, 11) });
    let looks = 0;
    await world.client.transition(() => {
      looks++;
      expect(world.store.read(asked(february))).toBe(before[0]);
      expect(world.store.read(asked(allTime))).toBe(before[1]);
    });
    expect(looks).toBeGreaterThan(1);
    expect(world.store.read(asked(february))).not.toBe(before[0]);
    for (const query of [february, allTime]) await rowsOf(world, query);
  });

  test("a page that nobody sees for a minute is sent nothing of writes, and is right when it is seen", async () => {
    const world = await worldOf();
    watch(world, allTime, byCategory);
    await world.client.settle();
    const [before] = (await rowsOf(world, allTime)).rows;
    const isOpenEnded = ({ to }: Record<string, unknown>) => to === null;
    const openBlocks = () => world.client.open("held:tiles").filter(isOpenEnded);
    const blocks = world.client.open("held:tiles").length;
    const followed = openBlocks().length;
    expect(followed).toBeGreaterThan(0);
    world.page.hidden = true;
    await record(world);
    await world.client.transition();
    vi.advanceTimersByTime(heldLimits.hiddenMs);
    expect([world.client.open("held:tail"), openBlocks()]).toEqual([[], []]);
    await record(world, { key: "unseen" });
    await foldAll(world.t);
    await world.client.settle();
    expect(openBlocks()).toEqual([]);
    world.page.show();
    // What was shown stays until all is there.
    const shown = world.store.read(asked(allTime));
    expect(shown?.kind === "result" && shown.result.rows[0]).toEqual(before);
    await world.client.settle();
    expect(openBlocks()).toHaveLength(followed);
    expect(world.client.open("held:tiles")).toHaveLength(blocks);
    for (const query of [allTime, byCategory]) await rowsOf(world, query);
    const [after] = (await rowsOf(world, allTime)).rows;
    expect(after!["watch.count"]).toBe(Number(before!["watch.count"]) + 2);
  });

  test("says where questions would be answered, once there is a catalog, and fetches nothing for it", async () => {
    const world = await worldOf();
    const explained = world.store.explain(asked(byCategory).wire);
    await world.client.settle();
    expect(await explained).toMatchObject({
      ...{ answeredBy: "browser", reason: null, servedBy: "watch.by_category@1" },
      isBuilding: false,
    });
    expect((await explained)!.missingBytes).toBeGreaterThan(0);
    const within = {
      ...byCategory.timeDimensions![0]!,
      dateRange: ["2026-02-01T07:31", "2026-02-03"],
    };
    const edge: AggregateQuery = { ...byCategory, timeDimensions: [within as never] };
    expect(await world.store.explain(asked(edge).wire)).toMatchObject({
      ...{ answeredBy: "backend", servedBy: null },
    });
    const uncovered: AggregateQuery = {
      ...{ measures: ["watch.count"], dimensions: ["watch.viewer", "watch.title"] },
    };
    expect(await world.store.explain(asked(uncovered).wire)).toMatchObject({
      ...{ answeredBy: "nowhere", reason: "NoRollup" },
    });
    expect(world.client.open("held:tiles")).toEqual([]);
    expect(world.store.generations).toMatch(/by_category@1 ready/);
  });

  test("trap 6: during an import answers say that they are folded, and are live again after it", async () => {
    const world = await worldOf({ cube: "inventory" });
    const stock: AggregateQuery = { measures: ["inventory.count", "inventory.quantity"] };
    watch(world, stock);
    await world.client.settle();
    expect((await rowsOf(world, stock)).freshness).toBe("live");
    for (let i = 0; i < 3; i++) {
      const rows = Array.from({ length: 499 }, () => stockRow());
      await world.member.mutation(api.inventory.recordBatch, { tenantId, rows });
    }
    await world.client.transition();
    expect((await rowsOf(world, stock)).freshness).toBe("folded");
    expect(world.store.lagMs).toBeGreaterThanOrEqual(0);
    await foldAll(world.t);
    await world.client.transition();
    expect(await rowsOf(world, stock)).toMatchObject({
      freshness: "live",
      rows: [{ "inventory.count": 120 + 3 * 499 }],
    });
  });

  test("trap 12: what nobody needs is bounded, and the least recently used goes first", async () => {
    const world = await worldOf({ idleBytes: 4000 });
    const months = ["2025-03", "2025-04", "2025-05", "2025-06", "2025-07", "2025-08"];
    const daily = (month: string): AggregateQuery => ({
      ...{ measures: ["watch.count"], dimensions: ["watch.category"] },
      timeDimensions: [
        { dimension: time, granularity: "day", dateRange: [`${month}-01`, `${month}-28`] },
      ],
    });
    for (const month of months) {
      const unwatch = world.store.watch(asked(daily(month)), () => undefined);
      await world.client.settle();
      // Longer than a question stays that nobody watches.
      vi.advanceTimersByTime(12_000);
      unwatch();
    }
    const full = world.store.held;
    vi.advanceTimersByTime(25_000);
    const { bytes, questions } = world.store.held;
    expect(full.bytes).toBeGreaterThan(4000);
    expect(bytes).toBeLessThanOrEqual(4000);
    expect(bytes).toBeGreaterThan(0);
    expect(questions).toBe(0);
    const asks = world.client.opened.filter(({ name }) => name === "held:tiles");
    expect(world.client.open("held:tiles")).not.toContainEqual(asks[0]!.args);
    expect(world.client.open("held:tiles")).toContainEqual(asks.at(-1)!.args);
    vi.advanceTimersByTime(310_000);
    expect(world.store.held).toEqual({ questions: 0, blocks: 0, bytes: 0 });
    expect(world.client.open("held:tail")).toEqual([]);
  });

  test("trap 14: a new key is followed by itself, and answers stay meanwhile", async () => {
    const world = await worldOf();
    watch(world, february, allTime);
    await world.client.settle();
    const before = world.store.read(asked(february));
    const old = world.client.open("held:tiles");
    const member = { tenantId, tokenIdentifier: "https://issuer.test|bob" };
    await world.t.mutation(internal.tenants.ensureMember, { ...member, role: "viewer" });
    await world.t.mutation(internal.tenants.removeMember, member);
    for (let i = 0; i < 4; i++) {
      await world.client.transition();
      expect(world.store.read(asked(february))).toBe(before);
    }
    const now = world.client.open("held:tiles");
    expect(now).toHaveLength(old.length);
    expect(now.every(({ key }) => key !== old[0]!["key"])).toBe(true);
    await record(world, { watchedAt: Date.UTC(2026, 1, 10) });
    await world.client.transition();
    for (const query of [february, allTime]) await rowsOf(world, query);
  });

  test("trap 14: who is removed is told so by the server, and holds nothing", async () => {
    const world = await worldOf();
    watch(world, february);
    await world.client.settle();
    const member = { tenantId, tokenIdentifier: "https://issuer.test|ann" };
    await world.t.mutation(internal.tenants.removeMember, member);
    await world.client.transition();
    expect(world.store.read(asked(february))).toBeNull();
    expect(world.store.standing(asked(february).key)?.reason).toBe("NoKey");
  });

  test("trap 15: a cutover is followed in its transition, and the last answer stays until tiles are there", async () => {
    const world = await worldOf();
    watch(world, february);
    await world.client.settle();
    const { servedBy } = await rowsOf(world, february);
    await world.member.mutation(api.rollups.rebuild, { tenantId, cube: "watch" });
    let waited = 0;
    for (let i = 0; i < 200; i++) {
      const more = await foldOnce(world.t);
      await world.client.transition();
      const outcome = world.store.read(asked(february));
      expect(outcome?.kind).toBe("result");
      const standing = world.store.standing(asked(february).key)!;
      if (standing.isCurrent) await rowsOf(world, february);
      else waited++;
      if (!more) break;
    }
    await world.client.settle();
    const after = await rowsOf(world, february);
    expect(after.servedBy).toBe(servedBy.replace("@1", "@2"));
    expect(waited).toBeGreaterThan(0);
    expect(world.client.open("held:tiles").every(({ generation }) => generation === 2)).toBe(true);
  });
});
