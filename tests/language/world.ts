/** Random histories of the two cubes' tables, with texts and times that a language trips over. */
import type { Dice } from "../realData/random.js";
import type { Step } from "../lib/fixtures/sales.js";

/** Case, accents, other scripts, and characters that mean something in patterns and in SQL. */
export const cities = [
  ...["Zürich", "ZÜRICH", "zurich", "ΟΔΟΣΑ", "οδός", "O'Hare", "50%", "5_0", "5\\0"],
  ...["", "null", "🍎 Hill", "hill", "a.c"],
] as const;
export const tags = ["gift", "bulk", "Süß", "süß", "A%"] as const;
export const priorities = [1, 2, 3, 10, null] as const;
export const discounts = [0, 0.05, 0.5, 2.5, -1, null] as const;

/** The zones that tenants are in and questions ask in: clocks of quarters of hours, set at midnight and by half an hour. */
export const zones = [
  ...["UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu"],
  ...["Australia/Lord_Howe", "Africa/Cairo", "America/St_Johns"],
] as const;

/** Clock changes, ends of weeks, months and years. */
const anchors = [
  ...[Date.UTC(2024, 1, 29, 23), Date.UTC(2024, 2, 10, 7), Date.UTC(2024, 2, 31, 1)],
  ...[Date.UTC(2024, 3, 6, 15), Date.UTC(2024, 9, 5, 15, 30), Date.UTC(2024, 9, 27, 1)],
  ...[Date.UTC(2024, 9, 31, 21), Date.UTC(2024, 10, 3, 6), Date.UTC(2024, 11, 31, 23)],
  ...[Date.UTC(2024, 3, 25, 22), Date.UTC(2025, 0, 5, 12)],
];

/** Days on which clocks are set, forward and back. */
export const changes: readonly (readonly [zone: string, day: string])[] = [
  ["America/New_York", "2024-03-10"],
  ["America/New_York", "2024-11-03"],
  ["America/St_Johns", "2024-03-10"],
  ["Europe/Berlin", "2024-03-31"],
  ["Europe/Berlin", "2024-10-27"],
  ["Africa/Cairo", "2024-04-26"],
  ["Africa/Cairo", "2024-10-31"],
  ["Australia/Lord_Howe", "2024-10-06"],
  ["Australia/Lord_Howe", "2024-04-07"],
];

const HOUR = 3_600_000;

/** Near an anchor, to the eighth of an hour; now and then anywhere in two years, to the millisecond. */
export function anyTime(dice: Dice): number {
  if (dice.chance(0.15))
    return Date.UTC(2023, 5, 1) + dice.below(2 * 365 * 24) * HOUR + dice.below(HOUR);
  return dice.pick(anchors) + (dice.below(60) - 30) * HOUR + dice.below(8) * (HOUR / 8);
}

/** Moments at which questions are asked, so that ranges in words find records. */
export function anyNow(dice: Dice): number {
  return dice.pick(anchors) + dice.below(60 * 24) * HOUR + dice.below(HOUR);
}

function anyOrder(dice: Dice): Record<string, unknown> {
  const at = anyTime(dice);
  return {
    at,
    due: at + dice.below(40) * 24 * HOUR,
    city: dice.chance(0.15) ? null : dice.pick(cities),
    paid: dice.pick([true, false, null]),
    tags: dice.shuffle(tags).slice(0, dice.below(4)),
    priority: dice.pick(priorities),
    discount: dice.pick(discounts),
    quantity: dice.below(9) - 3,
    price: dice.chance(0.2) ? null : (dice.below(4000) - 500) / 1000,
    weight: dice.pick([null, 0.1, 0.2, 0.3, -0.3, 2.5, 1e6]),
  };
}

function anyRefund(dice: Dice): Record<string, unknown> {
  return {
    at: anyTime(dice),
    city: dice.chance(0.2) ? null : dice.pick(cities),
    sum: (dice.below(20_000) - 2000) / 100,
  };
}

const histories = { orders: anyOrder, refunds: anyRefund };

/** Inserts, edits and removals. */
export function anyHistory(dice: Dice, cube: keyof typeof histories, length: number): Step[] {
  return Array.from({ length }, (): Step => {
    const doc = histories[cube](dice);
    const pick = dice.below(10_000);
    if (dice.chance(0.8)) return { op: "insert", doc };
    return dice.chance(0.6) ? { op: "update", pick, doc } : { op: "delete", pick };
  });
}
