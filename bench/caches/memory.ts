/** What the process takes while many distinct questions go through a bounded memory, against what its layer says of itself. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { table } from "../support/table.js";

const MiB = 1024 * 1024;
const CHILD = fileURLToPath(new URL("fill.ts", import.meta.url));

export interface Filled {
  entries: number;
  bytes: number;
  bytesMax: number;
  evictions: number;
  /** Growth of the process since before the first question: at most in between, and at the end without garbage. */
  peakBytes: number;
  endBytes: number;
  seconds: number;
}

/** A process for each size of answers, so that none measures what another one left. */
export async function memoryOf(questions: number): Promise<string> {
  const rows = [];
  for (const answerBytes of [200, 2000, 20_000]) {
    const filled = await fill(questions, answerBytes, 64 * MiB);
    const { entries, evictions, bytes, peakBytes, endBytes, seconds } = filled;
    rows.push([
      ...[answerBytes, entries, evictions, bytes / MiB, endBytes / MiB, peakBytes / MiB],
      (seconds * 1e6) / questions,
    ]);
  }
  const header = [
    "answer bytes",
    "entries",
    "evicted",
    "MiB counted",
    "MiB at the end",
    "MiB at most",
    "µs each",
  ];
  return `${questions.toLocaleString("en")} distinct questions through 64 MiB\n\n${table(header, rows)}`;
}

export async function fill(
  questions: number,
  answerBytes: number,
  bytesMax: number,
): Promise<Filled> {
  const args = [questions, answerBytes, bytesMax].map(String);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...["--expose-gc", "--import", "tsx", CHILD, ...args],
  ]);
  return JSON.parse(stdout) as Filled;
}
