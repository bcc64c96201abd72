/** Changing a filter over records held in memory: the engine's columns, and plain objects. */
import { catalogue, watch } from "../../convex/cubes.js";
import { projectFact } from "../../lib/model/fact.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { FactTable } from "../../src/react/fallback/factTable.js";
import { CATEGORIES, DAY_MS, type WatchRow } from "../data/rows.js";
import { percentile, timed, timings } from "../support/statistics.js";
import { questions } from "./questions.js";

const RUNS = 15;

export interface InMemory {
  buildMs: number;
  /** Median of one changed filter, daily by category over 90 days. */
  engineMs: number;
  plainMs: number;
}

export async function changeFilter(rows: WatchRow[]): Promise<InMemory> {
  const table = new FactTable(watch);
  const buildMs = await timed(() =>
    rows.forEach((row, i) =>
      table.upsert(String(i), projectFact(watch, { _id: String(i), _creationTime: i, ...row })),
    ),
  );
  const { query, range } = questions[0]!;
  const categoryOf = (run: number) => CATEGORIES[Math.abs(run) % CATEGORIES.length]!;
  let engineRows = 0;
  let plainRows = 0;
  const engine = await timings(RUNS, (run) => {
    const filters = [{ member: "watch.category", operator: "equals", values: [categoryOf(run)] }];
    const normal = normalizeQuery(catalogue, { ...query, filters }, { timezone: "UTC" });
    engineRows += answerFromFacts(watch, normal, "UTC", table.scan()).rows.length;
  });
  const plain = await timings(RUNS, (run) => {
    const groups = new Map<string, { count: number; sum: number }>();
    for (const row of rows) {
      if (row.category !== categoryOf(run)) continue;
      if (row.watchedAt < range.from || row.watchedAt >= range.to) continue;
      const key = `${Math.floor(row.watchedAt / DAY_MS)} ${row.category}`;
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { count: 0, sum: 0 }));
      group.count++;
      group.sum += row.durationSeconds;
    }
    plainRows += groups.size;
  });
  if (engineRows !== plainRows) throw new Error(`${engineRows} rows are not ${plainRows}.`);
  return { buildMs, engineMs: percentile(engine, 50), plainMs: percentile(plain, 50) };
}
