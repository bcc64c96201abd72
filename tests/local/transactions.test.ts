import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ConvexHttpClient } from "convex/browser";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { type Fixture, stampOf, startFixture } from "./support.js";

let app: Fixture;
beforeAll(async () => {
  app = await startFixture();
}, 30_000);
afterAll(() => app.stop());
beforeEach(() => app.backend.resetStats());

/** The HTTP client queues its own mutations: overlapping ones need a client each. */
const fresh = () => new ConvexHttpClient(app.backend.url, { logger: false });
const conflicts = () => app.backend.stats().conflicts;

describe("conflicts", () => {
  it("of read and write are retried until every increment counts", async () => {
    await fresh().mutation(api.counters.add, { name: "hot", by: 0 });
    const adding = Array.from({ length: 4 }, () =>
      fresh().mutation(api.counters.add, { name: "hot", by: 1 }),
    );
    await Promise.all(adding);
    expect(await app.http.query(api.counters.get, { name: "hot" })).toBe(4);
    const { byFunction, byIndex, details } = conflicts();
    expect(byFunction["counters:add"]).toBeGreaterThan(0);
    expect(Object.keys(byIndex).every((name) => name.startsWith("counters."))).toBe(true);
    expect(details[0]).toMatchObject({ source: "counters:add", other: "counters:add" });
  });

  it("do not arise between blind inserts", async () => {
    const adding = Array.from({ length: 30 }, (_, rank) =>
      fresh().mutation(api.items.add, { group: "blind", rank }),
    );
    const ids = await Promise.all(adding);
    expect(new Set(ids.map(({ at }) => at)).size).toBe(30);
    expect(conflicts().total).toBe(0);
  });

  it("do not arise behind the last row that was consumed", async () => {
    await app.http.mutation(api.items.addMany, { group: "front", count: 3 });
    app.backend.resetStats();
    const marking = Promise.all(
      Array.from({ length: 8 }, () => fresh().mutation(api.items.add, { group: "front", rank: 9 })),
    );
    const marked = await fresh().mutation(api.items.markFirst, { group: "front" });
    await marking;
    expect(marked).toBe(0);
    expect(conflicts().total).toBe(0);
  });

  it("arise when a row is inserted before the first one read", async () => {
    const { database } = app.backend;
    await app.http.mutation(api.items.addMany, { group: "ahead", count: 2 });
    const { conflict } = await overlapping("ahead", -1);
    expect(conflict).toContain('"items" table changed');
    const later = await overlapping("ahead", 5);
    expect(later.conflict).toBeNull();

    /** Reads the first row of a group; meanwhile another transaction inserts at a rank. */
    async function overlapping(group: string, rank: number) {
      const table = database.catalog.table("", "items")!;
      const index = table.byName.get("by_group_and_rank")!;
      const reader = database.begin();
      const { QueryStream, compileRange } = await import("../../local/database/query.js");
      const range = compileRange(index, [{ type: "Eq", fieldPath: "group", value: group }]);
      const stream = new QueryStream(reader, index, range, false, [{ limit: 1 }]);
      const row = JSON.parse(stream.next()!.text) as { _id: string };
      await fresh().mutation(api.items.add, { group, rank });
      reader.patch(table, row._id, { note: `seen ${rank}` });
      try {
        database.commit(reader, "test");
        return { conflict: null };
      } catch (error) {
        return { conflict: (error as Error).message };
      }
    }
  });

  it("spare a drain that is bounded by its snapshot, while rows keep coming", async () => {
    const at = stampOf(await app.http.mutation(api.items.add, { group: "log", rank: 0 }));
    await app.http.mutation(api.items.add, { group: "log", rank: 1 });
    app.backend.resetStats();
    const drain = fresh().mutation(api.items.drain, {
      after: at - 1n,
      name: "bounded",
      linger: 200,
    });
    const appends = Promise.all(
      Array.from({ length: 20 }, (_, rank) =>
        fresh().mutation(api.items.add, { group: "log", rank }),
      ),
    );
    expect((await drain).rows).toBeGreaterThanOrEqual(2);
    await appends;
    expect(conflicts().total).toBe(0);
  });

  it("are reported as 503 once the retries are used up", async () => {
    await fresh().mutation(api.counters.add, { name: "storm", by: 0 });
    const settled = await Promise.allSettled(
      Array.from({ length: 60 }, () =>
        fresh().mutation(api.counters.add, { name: "storm", by: 1 }),
      ),
    );
    const done = settled.filter(({ status }) => status === "fulfilled").length;
    expect(await app.http.query(api.counters.get, { name: "storm" })).toBe(done);
    expect(conflicts().exhausted).toBe(60 - done);
    for (const each of settled) {
      if (each.status === "rejected") {
        expect(String(each.reason)).toContain("OptimisticConcurrencyControlFailure");
      }
    }
  });
});

describe("isolation", () => {
  it("shows a transaction the state at its beginning", async () => {
    const { database } = app.backend;
    const { id } = await app.http.mutation(api.items.add, { group: "iso", rank: 1 });
    const before = database.begin();
    const table = database.catalog.table("", "items")!;
    await app.http.mutation(api.items.markFirst, { group: "iso" });
    expect(before.get(table, id)!.text).not.toContain("note");
    database.release(before);
    const after = database.begin();
    expect(after.get(table, id)!.text).toContain('"note":"x"');
    database.release(after);
  });

  it("drops a write that changes nothing", async () => {
    await app.http.mutation(api.counters.add, { name: "still", by: 1 });
    const { latest } = app.backend.database;
    await app.http.mutation(api.counters.touch, { name: "still" });
    expect(app.backend.database.latest).toBe(latest);
  });

  it("gives a nested stale read the base snapshot", async () => {
    expect(await app.http.mutation(api.items.stale, { group: "stale" })).toEqual({
      fresh: 1,
      stale: 0,
    });
  });
});

describe("commit timestamps", () => {
  it("rise with every commit, are shared within one, and are returned resolved", async () => {
    const stamps: bigint[] = [];
    for (let rank = 0; rank < 5; rank++) {
      stamps.push(stampOf(await app.http.mutation(api.items.add, { group: "ts", rank })));
    }
    const sorted = [...stamps].sort((a, b) => (a < b ? -1 : 1));
    expect(stamps).toEqual(sorted);
    expect(new Set(stamps).size).toBe(5);
    expect(stamps[4]).toBeLessThanOrEqual(app.backend.database.latest.ts);
  });

  it("sort last, and are found by the placeholder, inside their own transaction", async () => {
    expect(await app.http.mutation(api.items.ownTimestamp, { group: "own" })).toEqual({
      found: 2,
      last: true,
    });
    const drained = await app.http.mutation(api.items.drain, { after: 0n, name: "all", linger: 0 });
    expect(drained.rows).toBeGreaterThanOrEqual(2);
  });
});
