/**
 * `npm run bench`: the same questions over the same records, answered from rollups, by reading every
 * record, and by `@convex-dev/aggregate`, each on a local backend. Counted work first; milliseconds
 * only beside each other, from one run. `-- --records N` (default 20,000).
 */
import { parseArgs } from "node:util";
import { peerApp, rollups, type Contestant } from "./contestants.js";
import { changeFilter } from "./inMemory.js";
import { inOrderOfTime, questions, type Question } from "./questions.js";
import { percentile, timings } from "../support/statistics.js";
import { table, type Cell } from "../support/table.js";

const CALLS = 15;
const IN_MEMORY_RECORDS = 100_000;

const { values } = parseArgs({ options: { records: { type: "string", default: "20000" } } });
const records = Number(values.records);
const rows = inOrderOfTime(records);

interface Measured {
  work: { documents: number; bytes: number; indexRanges: number };
  counts: number[];
  p50Ms: number;
}

let calls = 0;

/** What a question takes, or why it is refused. */
async function measure(contestant: Contestant, question: Question): Promise<Measured | string> {
  try {
    const { work, counts } = await contestant.ask(question, ++calls);
    const times = await timings(CALLS, () => contestant.ask(question, ++calls));
    return { work, counts, p50Ms: percentile(times, 50) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = message.split("\n").find((text) => /too many|limit|timed out/i.test(text));
    return `refused: ${(line ?? message).replace(/^.*Error: /, "").slice(0, 60)}`;
  }
}

const figures: Cell[][] = [];
const filling: Cell[][] = [];
const ours = new Map<Question, Measured>();

// One at a time: a backend that waits still takes memory and time for collecting it.
for (const start of [
  () => rollups(rows),
  () => peerApp("collect", rows),
  () => peerApp("aggregate", rows),
]) {
  const contestant = await start();
  try {
    filling.push([contestant.name, contestant.filledInSeconds]);
    for (const question of questions) {
      const measured = await measure(contestant, question);
      if (typeof measured === "string") {
        figures.push([question.name, contestant.name, "", "", "", measured]);
        continue;
      }
      const { work, counts, p50Ms } = measured;
      const first = ours.get(question) ?? measured;
      ours.set(question, first);
      if (counts.join() !== first.counts.join()) {
        throw new Error(`${contestant.name} gives another answer to "${question.name}".`);
      }
      figures.push([
        question.name,
        contestant.name,
        work.documents,
        work.bytes,
        work.indexRanges,
        `${(p50Ms / first.p50Ms).toFixed(1)} ×`,
      ]);
    }
  } finally {
    await contestant.stop();
  }
}

const byQuestion = questions.flatMap(({ name }) => figures.filter(([first]) => first === name));
console.log(
  `\n${records} records over fourteen months; p50 of ${CALLS} uncached calls over HTTP\n`,
);
const header = ["question", "answered by", "documents", "bytes", "index ranges", "time"];
console.log(table(header, byQuestion));
console.log(`\nUntil all records could be asked about\n`);
console.log(table(["", "seconds"], filling));

const { buildMs, engineMs, plainMs } = await changeFilter(inOrderOfTime(IN_MEMORY_RECORDS));
console.log(`\nA changed filter over ${IN_MEMORY_RECORDS} records in memory, daily × 90 days\n`);
console.log(
  table(
    ["", "ms"],
    [
      ["building the columns, once", buildMs],
      ["answer of the engine", engineMs],
      ["plain objects and a loop", plainMs],
      ["ratio", engineMs / plainMs],
    ],
  ),
);
