/** The rows of the cases: by time, at random times, of one day, and of now. */
import { dice } from "../data/random.js";
import { DAY_MS, END_MS, FOURTEEN_MONTHS, stockRows, watchRows } from "../data/rows.js";
import type { CubeName } from "../support/tenant.js";

export type Row = Record<string, unknown>;

const timeOf = (cube: CubeName) => (cube === "watch" ? "watchedAt" : "occurredAt");

/** Over fourteen months, in no order. */
export function atRandom(cube: CubeName, count: number, seed = 1): Row[] {
  const spread = { ...FOURTEEN_MONTHS, seed };
  return cube === "watch" ? [...watchRows(count, spread)] : [...stockRows(count, spread)];
}

/** Over fourteen months, oldest first. */
export function byTime(cube: CubeName, count: number, seed = 1): Row[] {
  const time = timeOf(cube);
  return atRandom(cube, count, seed).sort((a, b) => Number(a[time]) - Number(b[time]));
}

/** All on the newest day, in order. */
export function ofOneDay(count: number): Row[] {
  return byTime("watch", count).map((row, i) => {
    const watchedAt = END_MS - DAY_MS + Math.floor((i / count) * DAY_MS);
    return { ...row, watchedAt };
  });
}

/** Rows with the time at which they are taken. */
export function* ofNow(seed: number): Generator<Row> {
  const { below } = dice(seed);
  for (;;) {
    const [row] = atRandom("watch", 1, below(2 ** 30));
    yield { ...row, watchedAt: Date.now() };
  }
}
