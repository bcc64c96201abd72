import { describe, expect, test, vi } from "vitest";
import type { FeedListener } from "../../../src/react/fallback/recordFeed.js";
import { BrowserTable } from "../../../src/react/fallback/BrowserTable.js";
import { CubeStore } from "../../../src/react/fallback/CubeStore.js";
import { keyOf, toWire, type AggregateQuery } from "../../../src/react/query.js";
import { byGenre, catalogue, view } from "../support/views.js";

function openStore() {
  let feed: FeedListener | null = null;
  const stopFeed = vi.fn();
  const store = new CubeStore({
    createTable: () => new BrowserTable(catalogue, "views", "UTC"),
    startFeed: (listener) => {
      feed = listener;
      return stopFeed;
    },
  });
  const watch = (query: AggregateQuery, listener = () => {}) => {
    const wire = toWire(query);
    const key = keyOf(wire);
    return { key, unwatch: store.watch(key, query, wire, listener) };
  };
  const rowsOf = (key: string) => {
    const outcome = store.read(key);
    return outcome.kind === "result" ? outcome.result.rows : outcome.kind;
  };
  return { store, watch, rowsOf, stopFeed, feed: () => feed as unknown as FeedListener };
}

const total: AggregateQuery = { measures: ["views.count", "views.seconds"] };
const totals = (count: number, seconds: number | null) => [
  { "views.count": count, "views.seconds": seconds },
];
const settle = () => new Promise((done) => setTimeout(done, 80));

describe("a cube's store in the browser", () => {
  test("publishes nothing before its records are consistent", async () => {
    const { watch, rowsOf, feed } = openStore();
    const { key } = watch(total);
    feed().onRecords([{ id: "a", after: view("drama", 1) }], null);
    feed().onProgress(0.5);
    await settle();
    expect(rowsOf(key)).toBe("pending");
    feed().onRecords([], "10");
    await settle();
    expect(rowsOf(key)).toEqual(totals(1, 1));
  });

  test("answers inserts, changes and removals as a recount would", async () => {
    const { watch, rowsOf, feed } = openStore();
    const { key } = watch(total);
    const grouped = watch(byGenre);
    feed().onRecords([{ id: "a", after: view("drama", 1) }], "10");
    await settle();
    feed().onRecords([{ id: "b", after: view("space", 5) }], "11");
    await settle();
    expect(rowsOf(key)).toEqual(totals(2, 6));
    feed().onRecords([{ id: "a", after: view("space", 2) }], "12");
    await settle();
    expect(rowsOf(key)).toEqual(totals(2, 7));
    expect(rowsOf(grouped.key)).toEqual([
      { "views.genre": "space", "views.count": 2, "views.seconds": 7 },
    ]);
    feed().onRecords(
      [
        { id: "a", after: null },
        { id: "b", after: null },
      ],
      "13",
    );
    await settle();
    expect(rowsOf(key)).toEqual(totals(0, null));
  });

  test("compares date ranges as the backend does: range by range, each row naming its own", async () => {
    const { watch, rowsOf, feed } = openStore();
    const { key } = watch({
      measures: ["views.count"],
      dimensions: ["views.genre"],
      timeDimensions: [
        {
          dimension: "views.at",
          compareDateRange: [["2016-01-01", "2016-01-31"], "2015-01-02", ["2016-01-02"]],
        },
      ],
      limit: 1,
      total: true,
    });
    const at = (genre: string, day: number) => ({ ...view(genre, 1), at: day });
    feed().onRecords(
      [
        { id: "a", after: view("drama", 1) },
        { id: "b", after: view("drama", 1) },
        { id: "c", after: view("space", 1) },
        { id: "d", after: at("space", Date.UTC(2015, 0, 2, 23, 59)) },
        { id: "e", after: at("space", Date.UTC(2015, 0, 3)) },
      ],
      "10",
    );
    await settle();
    const row = (from: string, to: string, genre: string, count: number) => ({
      compareDateRange: `${from}T00:00:00.000 - ${to}T23:59:59.999`,
      "views.genre": genre,
      "views.count": count,
    });
    const january = row("2016-01-01", "2016-01-31", "drama", 2);
    const before = row("2015-01-02", "2015-01-02", "space", 1);
    expect(rowsOf(key)).toEqual([january, before, row("2016-01-02", "2016-01-02", "drama", 2)]);
    feed().onRecords([{ id: "f", after: view("drama", 5) }], "11");
    await settle();
    expect(rowsOf(key)).toEqual([
      { ...january, "views.count": 3 },
      before,
      row("2016-01-02", "2016-01-02", "drama", 3),
    ]);
  });

  test("knows the cube's own granularities and quarters of an hour", async () => {
    const { watch, rowsOf, feed } = openStore();
    const by = (granularity: string) =>
      watch({
        measures: ["views.count"],
        timeDimensions: [{ dimension: "views.at", granularity }],
      }).key;
    const [fortnight, quarter, unknown] = [by("fortnight"), by("quarterHour"), by("fortnigth")];
    const at = (...day: [number, number, number, number, number]) => ({
      ...view("drama", 1),
      at: Date.UTC(...day),
    });
    feed().onRecords(
      [
        { id: "a", after: at(2016, 0, 3, 23, 59) },
        { id: "b", after: at(2016, 0, 4, 0, 0) },
        { id: "c", after: at(2016, 0, 17, 23, 44) },
        { id: "d", after: at(2016, 0, 18, 0, 0) },
      ],
      "10",
    );
    await settle();
    const rows = (granularity: string, ...all: [string, number][]) =>
      all.map(([name, count]) => ({
        [`views.at.${granularity}`]: `${name}:00.000`,
        "views.count": count,
      }));
    expect(rowsOf(fortnight)).toEqual(
      rows("fortnight", ["2015-12-21T00:00", 1], ["2016-01-04T00:00", 2], ["2016-01-18T00:00", 1]),
    );
    expect(rowsOf(quarter)).toEqual(
      rows(
        "quarterHour",
        ["2016-01-03T23:45", 1],
        ["2016-01-04T00:00", 1],
        ["2016-01-17T23:30", 1],
        ["2016-01-18T00:00", 1],
      ),
    );
    expect(rowsOf(unknown)).toBe("error");
  });

  test("answers all questions of one round as of one commit", async () => {
    const { store, watch, feed } = openStore();
    const asOf = () =>
      [first.key, second.key].map((key) => {
        const outcome = store.read(key);
        return outcome.kind === "result" ? outcome.result.asOf : null;
      });
    const seen: (string | null)[][] = [];
    const first = watch(total, () => seen.push(asOf()));
    const second = watch(byGenre);
    feed().onRecords([{ id: "a", after: view("drama", 1) }], "10");
    feed().onRecords([{ id: "b", after: view("drama", 1) }], "11");
    await settle();
    feed().onRecords([], "12");
    await settle();
    for (const [one, other] of seen) expect(one).toBe(other);
    expect(asOf()).toEqual(["12", "12"]);
  });

  test("keeps the rows' identity when only the watermark moves", async () => {
    const { watch, rowsOf, feed } = openStore();
    const { key } = watch(total);
    feed().onRecords([{ id: "a", after: view("drama", 1) }], "10");
    await settle();
    const rows = rowsOf(key);
    feed().onRecords([], "11");
    await settle();
    expect(rowsOf(key)).toBe(rows);
  });

  test("keeps one feed for many questions, and counts who watches", () => {
    const { store, watch, stopFeed } = openStore();
    const first = watch(total);
    const again = watch(total);
    const other = watch(byGenre);
    first.unwatch();
    again.unwatch();
    expect(store.isWatched).toBe(true);
    other.unwatch();
    expect(store.isWatched).toBe(false);
    store.stop();
    expect(stopFeed).toHaveBeenCalledTimes(1);
  });

  test("starts over on retry after its feed failed", async () => {
    const { store, watch, rowsOf, feed } = openStore();
    const { key } = watch(total);
    const failed = feed();
    failed.onError({ code: "Internal" } as never);
    expect(rowsOf(key)).toBe("error");
    store.retry();
    expect(rowsOf(key)).toBe("pending");
    expect(feed()).not.toBe(failed);
    feed().onRecords([{ id: "a", after: view("drama", 4) }], "10");
    await settle();
    expect(rowsOf(key)).toEqual(totals(1, 4));
  });

  test("refuses what reaches into expired records, and answers the rest as if none had gone", async () => {
    const { store, watch, rowsOf, feed } = openStore();
    const during = (from: string): AggregateQuery => ({
      ...total,
      timeDimensions: [{ dimension: "views.at", dateRange: [from, "2016-12-31"] }],
    });
    const all = watch(total);
    const before = watch(during("2016-01-09"));
    const after = watch(during("2016-01-10"));
    const codeOf = (key: string) => {
      const outcome = store.read(key);
      return outcome.kind === "error" ? outcome.error.code : outcome.kind;
    };
    feed().onRecords(
      [
        { id: "a", after: { ...view("drama", 1), at: Date.UTC(2016, 0, 9) } },
        { id: "b", after: { ...view("drama", 5), at: Date.UTC(2016, 0, 10) } },
      ],
      "10",
    );
    await settle();
    expect([rowsOf(all.key), rowsOf(before.key)]).toEqual([totals(2, 6), totals(2, 6)]);
    // The time moves first; nothing is gone yet.
    feed().onSourceFrom(Date.UTC(2016, 0, 10));
    feed().onRecords([], "10");
    await settle();
    expect([codeOf(all.key), codeOf(before.key)]).toEqual(["SourceExpired", "SourceExpired"]);
    expect(rowsOf(after.key)).toEqual(totals(1, 5));
    feed().onRecords([{ id: "a", after: null }], "11");
    await settle();
    expect(rowsOf(after.key)).toEqual(totals(1, 5));
    feed().onRecords([{ id: "c", after: { ...view("space", 7), at: Date.UTC(2016, 1, 1) } }], "12");
    await settle();
    expect(rowsOf(after.key)).toEqual(totals(2, 12));
    // A question asked only now is refused too.
    const late = watch(byGenre);
    await settle();
    expect(codeOf(late.key)).toBe("SourceExpired");
  });
});
