/** The question that dashboards ask most, of both cubes, and what its answer may cost. */
import { DAY_MS, END_MS, LAST_DAY, type Spread } from "../../bench/data/rows.js";

const DAYS = 90;
const dateRange = [new Date(END_MS - DAYS * DAY_MS).toISOString().slice(0, 10), LAST_DAY];

/** day × category × 90 days. */
export const dailyByCategory = {
  watch: {
    servedBy: "watch.by_category@1",
    query: {
      measures: ["watch.count", "watch.durationSeconds"],
      dimensions: ["watch.category"],
      timeDimensions: [{ dimension: "watch.watchedAt", granularity: "day", dateRange }],
    },
  },
  inventory: {
    servedBy: "inventory.by_category@1",
    query: {
      measures: ["inventory.quantity", "inventory.value"],
      dimensions: ["inventory.category"],
      timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "day", dateRange }],
    },
  },
};

export const cubes = ["watch", "inventory"] as const;

/** Every cell of 90 days × 26 categories. */
export const everyCell: Spread = { seed: 1, days: DAYS, categories: 26, gridEveryDays: 1 };
export const EVERY_CELL = DAYS * 26;

/** Every third day: 780 cells, so that a thousand records fill them all, and so do 100,000. */
export const everyThirdDay: Spread = { ...everyCell, gridEveryDays: 3 };
export const EVERY_THIRD_DAY = (DAYS / 3) * 26;

/** What every answer reads besides tiles: membership, zone, states, position and tail. */
export const FIXED_RANGES = 5;
export const TILE_RANGES_MAX = 3;
export const DOCUMENTS_MAX = 200;
export const BYTES_MAX = 131_072;
