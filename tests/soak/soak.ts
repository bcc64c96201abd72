/**
 * A soak: many writers, a backend that is killed every few seconds, definitions that change, and two
 * observers; then the verdict. Every interleaving is real, so a seed repeats the plan of a run, not
 * the run.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Tenant } from "../../bench/support/tenant.js";
import { ensureTenant } from "../../cli/connection.js";
import { mintToken } from "../../cli/connection.js";
import { api } from "../../convex/_generated/api.js";
import { startCrashing } from "../recovery/crash.js";
import { dice } from "../realData/random.js";
import { App } from "./app.js";
import { Book, resolved } from "./book.js";
import { Findings } from "./findings.js";
import { poll, subscribe } from "./observers.js";
import { madeUp } from "./rows.js";
import { rage, type Weather } from "./storm.js";
import { judgeAll, type Verdict } from "./verdict.js";
import { Writer } from "./writer.js";

export interface SoakOptions extends Weather {
  seconds: number;
  writers: number;
  seed: number;
  /** A writer waits less than this after each call. */
  pauseMsMax: number;
}

export interface Soaked extends Verdict {
  findings: Findings;
}

const TENANT = "acme";
/** Folding keeps up between two kills, and most kills still find something unfolded. */
const WRITE_BYTES_PER_SECOND = 4 * 1024 * 1024;
/** Records that every writer changes. */
const CONTESTED = 4;
/** Writers go on for so long after the storm: their writes wake the worker to the last definitions. */
const CALM_MS = 3000;

export async function soak(
  options: SoakOptions,
  note: (text: string) => void,
  watched: (findings: Findings) => void = () => {},
): Promise<Soaked> {
  const { seconds, writers, seed, pauseMsMax } = options;
  const findings = new Findings();
  watched(findings);
  const book = new Book();
  const random = dice(seed);
  const [backend, app] = await Promise.all([startCrashing(WRITE_BYTES_PER_SECOND), App.layOut()]);
  try {
    const tenant = await Tenant.open(backend, TENANT);
    // Somebody asks from where clocks are off by a part of an hour, so that quarters are kept, too.
    await ensureTenant(backend, { tenantId: TENANT, zones: ["Asia/Kathmandu"] });
    await tenant.settled();
    await addContested(tenant, book);
    const token = await mintToken(backend, { subject: "ann" });

    let isStopped = false;
    const fleet = Array.from({ length: writers }, (_, i) =>
      new Writer(`w${i}`, tenant.connect(), TENANT, book, findings, dice(seed * 1000 + i)).run(
        () => isStopped,
        pauseMsMax,
      ),
    );
    const poller = poll(tenant.connect(), TENANT, findings, () => isStopped);
    const subscriber = subscribe({ url: backend.url, token }, TENANT, findings);
    try {
      const until = Date.now() + seconds * 1000;
      const definitions = await rage(backend, app, until, options, { findings, random, note });
      await sleep(CALM_MS);
      isStopped = true;
      await Promise.all([...fleet, poller]);
      note("the storm is over; waiting until all is folded, verified and compared");
      return {
        ...(await judgeAll(backend, tenant, definitions, book, subscriber, findings)),
        findings,
      };
    } finally {
      isStopped = true;
      await subscriber.close();
    }
  } finally {
    await backend.remove();
    await app.remove();
  }
}

async function addContested(tenant: Tenant, book: Book): Promise<void> {
  const client = tenant.connect();
  const random = dice(CONTESTED);
  for (let i = 0; i < CONTESTED; i++) {
    const row = madeUp("watch", random);
    const args = { tenantId: TENANT, row: { key: `contested-${i}`, ...row } };
    const { id, commitTs } = await client.mutation(api.watch.record, args);
    book.contested.push({ id, row, commitTs: resolved(commitTs) });
  }
}

/** What a soak found, for people. */
export function describeSoak({ findings, ...verdict }: Soaked): string {
  const { counts, broken } = findings;
  return JSON.stringify({ ...counts, ...verdict, broken }, null, 2);
}
