/** A little of everything: seeded rows of both cubes, for suites that need variety rather than size. */
import type { StockRow, WatchRow } from "../oracle/cubes.js";
import type { Dice } from "./random.js";

const dayMs = 86_400_000;

/** Some instant of the `days` days up to and including the date `end` (UTC). */
function timeBefore(end: string, days: number, random: Dice): number {
  return Date.parse(`${end}T00:00:00Z`) + dayMs - 1 - random.below(days * dayMs);
}

export function watchRows(count: number, end: string, days: number, random: Dice): WatchRow[] {
  const topics = ["Drama", "War", "Comedy", "Music"];
  return Array.from({ length: count }, () => {
    const video = random.below(60);
    return {
      videoId: `v${video}`,
      title: `Video ${video}`,
      channel: `Channel ${video % 15}`,
      category: ["Film", "Series", "Short"][video % 3]!,
      topics: random.shuffle(topics).slice(0, random.below(4)),
      viewer: `viewer-${random.below(40)}`,
      watchedAt: timeBefore(end, days, random),
      durationSeconds: random.below(7_200_000) / 1000,
    };
  });
}

export function stockRows(count: number, end: string, days: number, random: Dice): StockRow[] {
  return Array.from({ length: count }, () => {
    const product = random.below(80);
    const kind = random.pick(["receipt", "shipment", "adjustment", "transfer", "return"]);
    return {
      product: `Product ${product}`,
      category: `Category ${product % 7}`,
      warehouse: random.pick(["North", "South", "East"]),
      kind,
      quantity: (kind === "shipment" ? -1 : 1) * (1 + random.below(500)),
      unitCost: random.below(1_000_000) / 10_000,
      occurredAt: timeBefore(end, days, random),
    };
  });
}
