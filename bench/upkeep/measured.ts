/**
 * What upkeep took since the last reset. Upkeep is what the component's own functions do: loops, wakes,
 * crons and what they call. Captured writes are the app's, and so are answers.
 */
import type { BackendProcess } from "../support/backendProcess.js";
import { LOOP } from "./stage.js";

const MB = 1e6;
const COMPONENT = "rollups/";

export interface Upkeep {
  calls: number;
  callsByFunction: Record<string, number>;
  /** MB read of tiles, of the log and the source, and of all else. */
  tilesRead: number;
  planRead: number;
  otherRead: number;
  /** MB of documents, and of keys in indexes. */
  written: number;
  indexWritten: number;
  /** Milliseconds of user time of the loop, cold. */
  loop: { runs: number; p50: number; p99: number; max: number };
  /** The longest user time of any of its functions, and its name. */
  longest: { name: string; ms: number };
  timeouts: number;
  /** Attempts of its mutations that found no room. */
  refused: number;
}

export async function upkeepOf(backend: BackendProcess): Promise<Upkeep> {
  const { callsByFunction, bytesByFunction } = await backend.usage();
  const { userTimes, functions } = await backend.stats();
  const mine = <T>(record: Record<string, T>) =>
    Object.entries(record).filter(([name]) => name.startsWith(COMPONENT));
  const calls = mine(callsByFunction);
  const upkeep: Upkeep = {
    calls: calls.reduce((sum, [, count]) => sum + count, 0),
    callsByFunction: Object.fromEntries(calls),
    tilesRead: 0,
    planRead: 0,
    otherRead: 0,
    written: 0,
    indexWritten: 0,
    loop: userTimes[LOOP] ?? { runs: 0, p50: 0, p99: 0, max: 0 },
    longest: { name: "", ms: 0 },
    timeouts: 0,
    refused: mine(functions).reduce((sum, [, { refused }]) => sum + refused, 0),
  };
  for (const [, tables] of mine(bytesByFunction)) {
    for (const [table, { read, written, indexWritten }] of Object.entries(tables)) {
      const isPlan = table === `${COMPONENT}changeLog` || !table.startsWith(COMPONENT);
      const kind =
        table === `${COMPONENT}rollupTiles` ? "tilesRead" : isPlan ? "planRead" : "otherRead";
      upkeep[kind] += read / MB;
      upkeep.written += written / MB;
      upkeep.indexWritten += indexWritten / MB;
    }
  }
  for (const [name, { max, timeouts }] of mine(userTimes)) {
    upkeep.timeouts += timeouts;
    if (max > upkeep.longest.ms) upkeep.longest = { name, ms: max };
  }
  return upkeep;
}

/** All bytes that are billed, in MB. */
export function mbOf({ tilesRead, planRead, otherRead, written, indexWritten }: Upkeep): number {
  return tilesRead + planRead + otherRead + written + indexWritten;
}
