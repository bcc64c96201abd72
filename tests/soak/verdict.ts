/** After the storm: nothing acknowledged is lost, and every cell of every rollup is what it must be. */
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Connection } from "../../cli/connection.js";
import { api } from "../../convex/_generated/api.js";
import type { Health, Tenant } from "../../bench/support/tenant.js";
import { expected, isExact, load, mustEqual } from "../realData/compare.js";
import { readRecords, sourcesOf } from "../realData/mirror.js";
import type { Book } from "./book.js";
import type { Definitions } from "./definitions.js";
import type { Findings } from "./findings.js";
import { subscribed, type Subscriber } from "./observers.js";
import { everyCell } from "./questions.js";

export interface Verdict {
  records: number;
  questions: number;
  cells: number;
  consistency: number | null;
}

/** How long a pass, or a subscriber that was thrown off, may take. */
const PATIENCE_MS = 120_000;

export async function judgeAll(
  connection: Connection,
  tenant: Tenant,
  definitions: Definitions,
  book: Book,
  subscriber: Subscriber,
  findings: Findings,
): Promise<Verdict> {
  const { tenantId } = tenant;
  const client = tenant.connect();
  await idle(connection, tenant);

  const stored = await readRecords(client, tenantId);
  for (const difference of book.differences(stored)) findings.breaks(difference);

  const { deadLetters, verification, rollups } = await verified(tenant);
  if (deadLetters > 0) findings.breaks(`${deadLetters} changes were set aside`);
  if (verification?.lastDriftAt != null) findings.breaks("verification found drifted buckets");
  if (verification?.consistency !== 1)
    findings.breaks(`consistency is ${verification?.consistency}`);
  if (verification?.unchecked !== 0)
    findings.breaks(`${verification?.unchecked} windows were not checked`);
  for (const { cube, rollup, degraded } of rollups)
    if (degraded) findings.breaks(`${cube}.${rollup} is degraded`);

  // Had the pass found something, it would be repaired by now, and still be reported.
  await idle(connection, tenant);
  const asked = everyCell(definitions);
  let cells = 0;
  for (const one of asked) {
    try {
      const { data, servedBy, exact, lagMs } = await load(client, one, { tenantId });
      cells += mustEqual(one, data, expected(one, sourcesOf(stored)));
      if (servedBy.split("@")[0] !== one.servedBy || exact !== isExact(one) || lagMs !== 0)
        findings.breaks(`${one.name}: by ${servedBy}, exact ${exact}, lag ${lagMs}`);
    } catch (error) {
      findings.breaks((error as Error).message);
    }
  }
  await caughtUp(tenant, subscriber, findings);
  const records = stored.watch.size + stored.inventory.size;
  const consistency = verification?.consistency ?? null;
  return { records, questions: asked.length, cells, consistency };
}

/** Waits until the worker has nothing to do: all is folded, and the newest definitions serve. */
async function idle(connection: Connection, tenant: Tenant): Promise<void> {
  const { tenantId } = tenant;
  const hasWork = async () => await askComponent(connection, "worker/kick:hasWork", { tenantId });
  do await tenant.settled();
  while (await hasWork());
}

/** What an internal function of the component says, to who holds the admin key. */
async function askComponent(
  { url, adminKey }: Connection,
  path: string,
  args: object,
): Promise<boolean> {
  const response = await fetch(`${url}/api/function`, {
    method: "POST",
    headers: { authorization: `Convex ${adminKey}` },
    body: JSON.stringify({ componentPath: "rollups", path, args, format: "json" }),
  });
  const answer = (await response.json()) as { status: string; value: boolean };
  if (answer.status !== "success") throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer.value;
}

/** A whole verification pass, begun and ended after now. */
async function verified(tenant: Tenant): Promise<Health> {
  const passes = (await tenant.health()).verification?.passes ?? 0;
  await tenant.connect().mutation(api.rollups.verify, { tenantId: tenant.tenantId });
  return await soon("no verification pass ends", async () => {
    const health = await tenant.health();
    // The pass that was under way, and a whole one after it.
    return (health.verification?.passes ?? 0) >= passes + 2 ? health : null;
  });
}

/** The subscriber, thrown off so many times, shows what anyone reads. */
async function caughtUp(tenant: Tenant, { shown }: Subscriber, findings: Findings): Promise<void> {
  for (const [i, question] of subscribed.entries()) {
    const { data } = await tenant.load(question);
    await soon("shows something else", async () =>
      isDeepStrictEqual(shown[i], data) ? true : null,
    ).catch((error: Error) => findings.breaks(`subscription ${i}: ${error.message}`));
  }
}

/** Asks again and again until there is an answer. */
async function soon<T>(otherwise: string, ask: () => Promise<T | null>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > until) throw new Error(`After ${PATIENCE_MS} ms: ${otherwise}`);
    await sleep(200);
  }
}
