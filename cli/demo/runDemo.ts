/** The demo from start to end: backend, app, tenants, dashboard, data. */
import { mkdir } from "node:fs/promises";
import { progress as bar } from "@clack/prompts";
import { DEFAULT_PROFILE } from "../../local/database/limits.js";
import { pushApp, setEnvironment } from "../../local/push.js";
import { BackendClient } from "../backendClient.js";
import { ensureMember, ensureTenant, mintToken } from "../connection.js";
import { Failure } from "../failure.js";
import { number, startProgress } from "../progress.js";
import { projectRoot, startBackendProcess, type BackendProcess } from "./backendProcess.js";
import { buildDashboard, serveDashboard } from "./dashboardServer.js";
import type { DemoOptions } from "./demoOptions.js";
import { readDemoState, writeDemoState, type DemoState } from "./demoState.js";
import { DemoLoad } from "./loadDemo.js";
import { mustBeFree } from "./ports.js";
import { demoTenants } from "./tenants.js";

/** Who the dashboard signs in as: an admin of both tenants. */
const demoUser = { subject: "demo", name: "Demo" };
const seed = "convex-rollups";
/** Somebody watches, and upkeep costs nothing here: tiles follow within two seconds. */
const shortRests = { ROLLUPS_REST_MS_MIN: "1000", ROLLUPS_REST_MS_MAX: "2000" };

/**
 * An import, a browser and what else is open take turns with the backend on a laptop. By the wall clock iterations of the
 * fold worker would be lost for what others computed, and each costs a minute.
 */
const ownTime = { userClock: "cpu" } as const;

/** What to undo at the end, last first. */
export type Cleanup = (stop: () => Promise<void> | void) => void;

export type DemoOutput = { say(line: string): void };

/**
 * Runs until everything is loaded and says `ready URL` on its own line as soon as the first data is
 * there; then resolves, leaving backend and dashboard running. Throws coded failures.
 */
export async function runDemo(
  options: DemoOptions,
  now: number,
  cleanup: Cleanup,
  { say }: DemoOutput,
): Promise<BackendProcess> {
  const { port, sitePort, uiPort, dataDir, profile = DEFAULT_PROFILE, limits } = options;
  await mustBeFree(port, "--port N");
  await mustBeFree(sitePort, "--site-port N");
  if (uiPort !== null) await mustBeFree(uiPort, "--ui-port N");
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });

  say("starting the local backend and pushing the app …");
  const backend = await startBackendProcess({
    ...{ port, sitePort, dataDir, profile },
    limits: { ...ownTime, ...limits },
  });
  cleanup(() => backend.stop());
  await whileRunning(backend, [push(backend)]);
  await whileRunning(backend, [prepareTenants(backend)]);

  const token = () => mintToken(backend, demoUser);
  const client = new BackendClient(backend.url, { token: await token() });
  const plan = await planLoad(options, now);
  let report: ((accepted: number) => void) | undefined = undefined;
  const load = new DemoLoad(client, plan, ({ accepted }) => report?.(accepted));
  cleanup(() => load.stop());

  const dashboard = async () => {
    if (uiPort === null) return backend.url;
    await buildDashboard();
    const grant = async () => ({ url: backend.url, token: await token() });
    const server = await serveDashboard(uiPort, grant);
    cleanup(() => server.stop());
    return server.url;
  };
  const firstData = async () => {
    if (plan.loaded) return;
    await load.loadNewest();
    await folded(client);
  };
  const [address] = await whileRunning(backend, [dashboard(), firstData()]);
  say(`ready ${address}`);
  say(`backend at ${backend.url}, HTTP actions at ${backend.siteUrl}, profile ${profile}`);

  if (plan.loaded) {
    say("the data is already there; nothing to load");
    return backend;
  }
  const startedAt = Date.now();
  const { total } = load.counts;
  const progress = startProgress("loading", { stream: process.stderr, bar });
  report = (accepted) =>
    progress.update({ done: accepted, total, rows: accepted, accepted, rejected: 0 });
  await whileRunning(backend, [load.loadHistory()]).finally(() => {
    progress.stop(`${number(load.counts.accepted)} of ${number(total)} records sent`);
  });
  const sentSeconds = (Date.now() - startedAt) / 1000;
  const [behind] = await whileRunning(backend, [folded(client)]);
  const seconds = (Date.now() - startedAt) / 1000;
  if (load.counts.accepted === total && dataDir !== undefined)
    await writeDemoState(dataDir, { ...plan, loaded: true });
  say(
    `loaded ${number(load.counts.accepted)} records for ${demoTenants.length} tenants ` +
      `in ${sentSeconds.toFixed(1)} s, ` +
      (behind.length === 0
        ? `all folded after ${seconds.toFixed(1)} s`
        : `and ${behind.join(" and ")} not folded after ${seconds.toFixed(1)} s: that goes on`),
  );
  return backend;
}

/** Waits for the work, or for the backend to end by itself, which is a failure. */
async function whileRunning<T extends readonly Promise<unknown>[]>(
  backend: BackendProcess,
  work: readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const ended = backend.ended.then(() => new Promise<never>(() => undefined));
  return (await Promise.race([Promise.all(work), ended])) as { [K in keyof T]: Awaited<T[K]> };
}

async function push(backend: BackendProcess): Promise<void> {
  try {
    await setEnvironment(backend, shortRests);
    await pushApp(backend, { cwd: projectRoot });
  } catch (error) {
    const output = error instanceof Error ? error.message : String(error);
    throw new Failure("PushFailed", `The app cannot be pushed: ${output.trim()}`);
  }
}

async function prepareTenants(backend: BackendProcess): Promise<void> {
  for (const { tenantId, name, timezone } of demoTenants) {
    await ensureTenant(backend, { tenantId, name, timezone });
    await ensureMember(backend, { tenantId, subject: demoUser.subject, role: "admin" });
  }
}

/** A data directory keeps the plan of its first start. */
async function planLoad({ records, dataDir }: DemoOptions, now: number): Promise<DemoState> {
  const known = dataDir === undefined ? undefined : await readDemoState(dataDir);
  if (known !== undefined) return known;
  // To the minute, so that a plan is readable.
  const plan = { records, end: Math.floor(now / 60_000) * 60_000, seed, loaded: records === 0 };
  if (dataDir !== undefined && records > 0) await writeDemoState(dataDir, plan);
  return plan;
}

/** How often to ask, and when to go on regardless: answers are exact without folding, just dearer. */
const askEveryMs = 250;
const foldedWithinMs = 120_000;

/** The tenants that are not folded by then. */
async function folded(client: BackendClient): Promise<string[]> {
  const until = Date.now() + foldedWithinMs;
  const behind: string[] = [];
  for (const { tenantId } of demoTenants) {
    let isBehind = true;
    do {
      const answer = await client.query<{ backlog: boolean }>("aggregates:freshness", { tenantId });
      isBehind = answer.backlog;
      if (isBehind) await new Promise((resolve) => setTimeout(resolve, askEveryMs));
    } while (isBehind && Date.now() < until);
    if (isBehind) behind.push(tenantId);
  }
  return behind;
}
