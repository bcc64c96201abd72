/** The demo data: the same on every machine, believable, and consistent as stock has to be. */
import { describe, expect, test } from "vitest";
import { inventoryLedger } from "../../cli/demo/inventoryLedger.js";
import { randomFrom, zipf } from "../../cli/demo/random.js";
import type { Ledger } from "../../cli/demo/record.js";
import { demoTenants, shareOut } from "../../cli/demo/tenants.js";
import { watchLedger } from "../../cli/demo/watchLedger.js";

const end = Date.UTC(2026, 4, 14, 15, 40);
const records = 20_000;
const yearMs = 365 * 24 * 3_600_000;

const rowsOf = <Row>(ledger: Ledger<Row>): Row[] =>
  Array.from({ length: ledger.groups }, (_, index) => ledger.group(index)).flat();

const share = (count: number, total: number) => count / total;

function countBy<T>(items: readonly T[], key: (item: T) => string | number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(String(key(item)), (counts.get(String(key(item))) ?? 0) + 1);
  return counts;
}

describe.each(demoTenants)("$name", (tenant) => {
  const watch = rowsOf(watchLedger(tenant, records, end, "seed"));
  const inventory = rowsOf(inventoryLedger(tenant, records, end, "seed"));

  test("the same seed gives the same rows, another seed others", () => {
    expect(rowsOf(watchLedger(tenant, records, end, "seed"))).toEqual(watch);
    expect(rowsOf(inventoryLedger(tenant, records, end, "seed"))).toEqual(inventory);
    expect(rowsOf(watchLedger(tenant, records, end, "other"))).not.toEqual(watch);
    expect(rowsOf(inventoryLedger(tenant, records, end, "other"))).not.toEqual(inventory);
  });

  test("there are exactly as many rows as asked for, each with a key of its own", () => {
    for (const rows of [watch, inventory]) {
      expect(rows).toHaveLength(records);
      expect(new Set(rows.map((row) => row.key)).size).toBe(records);
    }
    for (const count of [0, 1, 2, 3, 17]) {
      expect(watchLedger(tenant, count, end, "seed").rows).toBe(count);
      expect(inventoryLedger(tenant, count, end, "seed").rows).toBe(count);
    }
  });

  test("two years, in order, nothing in the future, and the last day is there", () => {
    for (const times of [
      watch.map((row) => row.watchedAt),
      inventory.map((row) => row.occurredAt),
    ]) {
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeGreaterThan(end - 2 * yearMs - 3_600_000);
      expect(times.at(-1)).toBeLessThan(end);
      expect(times.filter((time) => time >= end - 24 * 3_600_000).length).toBeGreaterThan(10);
    }
  });

  test("stock never falls below zero, in any product and warehouse, at any time", () => {
    const stock = new Map<string, number>();
    for (const { product, warehouse, quantity } of inventory) {
      const place = `${product} in ${warehouse}`;
      const left = (stock.get(place) ?? 0) + quantity;
      expect(left, place).toBeGreaterThanOrEqual(0);
      stock.set(place, left);
    }
  });

  test("transfers are pairs in one group, at one instant, and move nothing in total", () => {
    const ledger = inventoryLedger(tenant, records, end, "seed");
    let pairs = 0;
    for (let index = 0; index < ledger.groups; index += 1) {
      const group = ledger.group(index);
      const transfers = group.filter((row) => row.kind === "transfer");
      expect(transfers.length).toBe(group.length === 2 ? 2 : 0);
      if (group.length !== 2) continue;
      pairs += 1;
      const [out, back] = transfers;
      expect(out!.quantity + back!.quantity).toBe(0);
      expect(out!.quantity).toBeLessThan(0);
      expect(out!.warehouse).not.toBe(back!.warehouse);
      expect(out).toMatchObject({
        ...{ product: back!.product, occurredAt: back!.occurredAt, unitCost: back!.unitCost },
      });
    }
    expect(pairs).toBeGreaterThan(records * 0.02);
  });

  test("signs fit the kind, and every kind occurs", () => {
    const kinds = countBy(inventory, (row) => row.kind);
    expect([...kinds.keys()].sort()).toEqual([
      ...["adjustment", "receipt", "return", "shipment", "transfer"],
    ]);
    for (const { kind, quantity } of inventory) {
      expect(Number.isSafeInteger(quantity)).toBe(true);
      if (kind === "receipt" || kind === "return") expect(quantity).toBeGreaterThan(0);
      if (kind === "shipment") expect(quantity).toBeLessThanOrEqual(0);
    }
  });

  test("unit costs are positive, drift, and have at most 4 decimals", () => {
    const costs = new Map<string, Set<number>>();
    for (const { product, unitCost } of inventory) {
      expect(unitCost).toBeGreaterThan(0);
      expect(String(unitCost)).toMatch(/^\d+(\.\d{1,4})?$/);
      costs.set(product, (costs.get(product) ?? new Set()).add(unitCost));
    }
    expect(Math.max(...[...costs.values()].map((seen) => seen.size))).toBeGreaterThan(20);
  });

  test("a product has one category, a video one title, channel and category", () => {
    const pairs = new Set(inventory.map(({ product, category }) => `${product}/${category}`));
    expect(pairs.size).toBe(countBy(inventory, (row) => row.product).size);
    const videos = new Set(watch.map((row) => [row.videoId, row.title, row.channel].join("/")));
    expect(videos.size).toBe(countBy(watch, (row) => row.videoId).size);
  });

  test("videos have one to three different topics, and a duration", () => {
    for (const { topics, durationSeconds } of watch) {
      expect(topics.length).toBeGreaterThanOrEqual(1);
      expect(topics.length).toBeLessThanOrEqual(3);
      expect(new Set(topics).size).toBe(topics.length);
      expect(durationSeconds).toBeGreaterThanOrEqual(5);
    }
  });

  test("few channels have most views, later months have more, evenings and weekends too", () => {
    const channels = [...countBy(watch, (row) => row.channel).values()].sort((a, b) => b - a);
    const top = Math.ceil(channels.length / 4);
    const most = channels.slice(0, top).reduce((sum, count) => sum + count, 0);
    expect(share(most, records)).toBeGreaterThan(0.4);
    const lastYear = watch.filter((row) => row.watchedAt >= end - yearMs).length;
    expect(share(lastYear, records)).toBeGreaterThan(0.55);
    const local = new Intl.DateTimeFormat("en-GB", {
      ...{ timeZone: tenant.timezone, hour: "2-digit", hourCycle: "h23" },
    });
    const hours = countBy(watch, (row) => local.format(row.watchedAt));
    expect(hours.get("20")!).toBeGreaterThan(5 * hours.get("04")!);
  });
});

describe("shares and randomness", () => {
  test("tenants share out every total without a rest", () => {
    for (const total of [0, 1, 2, 3, 99, 100_000])
      for (const cube of ["watch", "inventory"] as const)
        expect([...shareOut(total, cube).values()].reduce((sum, count) => sum + count, 0)).toBe(
          total,
        );
  });

  test("random numbers are pinned: other values would be other demo data", () => {
    const random = randomFrom("pin");
    expect([random.next(), random.below(1000), random.next()]).toMatchInlineSnapshot(`
      [
        0.7834718669764698,
        772,
        0.11124212015420198,
      ]
    `);
  });

  test("Zipf ranks fall in frequency and stay below the limit", () => {
    const random = randomFrom("zipf");
    const draw = zipf(50, 1);
    const counts = new Array<number>(50).fill(0);
    for (let turn = 0; turn < 20_000; turn += 1) counts[draw(random)]! += 1;
    expect(counts[0]!).toBeGreaterThan(counts[4]! * 3);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    for (let turn = 0; turn < 1000; turn += 1) expect(draw(random, 3)).toBeLessThan(3);
  });
});
