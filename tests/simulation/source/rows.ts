/**
 * Source rows of the simulation: few values of everything, with ties, nulls, lists with repetitions
 * and decimals that doubles cannot hold, so that records meet in the same cells all the time.
 */
import type { Dice } from "../random.js";

export interface Sale {
  at: number;
  category: string;
  warehouse: string | null;
  topics: string[];
  person: string | null;
  quantity: number;
  size: number | null;
  price: number | null;
  weight: number | null;
  note: number;
}

export interface Visit {
  at: number;
  page: string;
  stay: number | null;
  note: number;
}

export type Row = Partial<Sale> & Partial<Visit> & { at: number; note: number };

/** The zones of tenants and of questions. */
export const zones = [
  "UTC",
  "America/New_York",
  "Asia/Kathmandu",
  "America/St_Johns",
  "Australia/Lord_Howe",
] as const;

const at = (text: string) => Date.parse(`${text}Z`);

/** Instants around the ends of days, months and years and around changes of the clock, in those zones. */
export const instants = [
  ...["2024-12-31T13:00", "2024-12-31T18:14:59.999", "2024-12-31T18:15", "2024-12-31T23:59:59.999"],
  ...["2025-01-01T00:00", "2025-01-01T03:30", "2025-01-01T05:00", "2025-01-15T12:00"],
  ...["2025-03-09T04:59", "2025-03-09T05:29:59.999", "2025-03-09T05:30", "2025-03-09T06:59:59.999"],
  ...["2025-03-09T07:00", "2025-03-10T03:59:59.999", "2025-03-10T04:00", "2025-03-31T23:30"],
  ...["2025-04-05T14:15", "2025-04-05T14:45", "2025-04-05T15:00", "2025-04-05T15:29:59.999"],
  ...["2025-10-04T15:29:59.999", "2025-10-04T15:30", "2025-11-02T03:45", "2025-11-02T04:15"],
  ...["2025-11-02T04:45", "2025-11-02T05:15", "2025-11-02T05:45", "2025-11-02T06:15"],
].map(at);

/** Instants of records that come late. */
export const lateInstants = ["2023-05-05T05:05", "2024-02-29T12:00", "2024-11-03T05:30"].map(at);

const topicLists = [[], ["t"], ["u"], ["t", "u"], ["u", "t", "u"], ["t", "u", "v"], ["v", "v"]];
/** The largest is a safe integer whose double is none: sums of it are stored as bigints. */
const sizes = [null, null, 0, 1, 1, 2, -3, -40, Number.MAX_SAFE_INTEGER];
const prices = [null, 0, 0.1, 0.2, 0.2, 0.3, 10.05, 1.15];
/** Floats whose sums no double holds, and of which large ones take small ones away. */
const weights = [null, 0, 0.1, 0.2, 0.2, 1e16, -1e16, 3.5];

export const values = {
  category: ["a", "b"],
  warehouse: [null, "x", "y"],
  topics: topicLists,
  person: [null, "p", "q"],
  quantity: [-2, 0, 1, 1, 2, 3],
  size: sizes,
  price: prices,
  weight: weights,
  page: ["home", "shop"],
  stay: [null, 0, 5, 5, 9],
} as const;

export function anySale(dice: Dice, times: readonly number[]): Sale {
  return {
    at: dice.pick(times),
    category: dice.pick(values.category),
    warehouse: dice.pick(values.warehouse),
    topics: [...dice.pick(values.topics)],
    person: dice.pick(values.person),
    quantity: dice.pick(values.quantity),
    size: dice.pick(values.size),
    price: dice.pick(values.price),
    weight: dice.pick(values.weight),
    note: 0,
  };
}

export function anyVisit(dice: Dice, times: readonly number[]): Visit {
  return {
    at: dice.pick(times),
    page: dice.pick(values.page),
    stay: dice.pick(values.stay),
    note: 0,
  };
}
