/**
 * Alerts of a real deployment, at a real receiver: a fault stops the worker of a tenant, the receiver is told, in the form
 * that docs/operations.md writes down, and again when all is well.
 */
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tenant } from "../../bench/support/tenant.js";
import { api } from "../../convex/_generated/api.js";
import { setEnvironment } from "../../local/push.js";
import { UpkeepBackend, until } from "../upkeep/backend.js";

const tenantId = "acme";
const SECRET = `whsec_${Buffer.from("a secret of thirty-two characters").toString("base64")}`;
const step = "convex/components/rollups/fold/step.ts";
const sound = "const { tenantId, basis, job } = work;";
const faulty = `${sound}\n  if (tenantId === "${tenantId}") throw new Error("A fault.");`;
/** A worker that failed is started again by its watchdog, after a minute. */
const PATIENCE_MS = 180_000;
const targets = { warn: 2500, error: 9000 };

interface Received {
  headers: IncomingHttpHeaders;
  text: string;
  at: number;
}

let receiver: Server;
let backend: UpkeepBackend;
let tenant: Tenant;
let client: ConvexHttpClient;
const received: Received[] = [];
/** What the receiver answers next; 200 where there is nothing. */
const answers: number[] = [];
const blocks: string[] = [];

/** Watches as the cron would, more often. */
const watching = new AbortController();
async function watch(): Promise<void> {
  while (!watching.signal.aborted) {
    await backend.run("worker/watch:watch");
    await sleep(1500);
  }
}
let watched = Promise.resolve();

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      received.push({ headers: request.headers, text, at: Date.now() });
      response.writeHead(answers.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const operations = await readFile(join(import.meta.dirname, "../../docs/operations.md"), "utf8");
  for (const [, block = ""] of operations.matchAll(/```ts\n\/\/ convex\/alerts\.ts\n([^]*?)```/g)) {
    blocks.push(block);
  }
  const limits =
    "alerts: { holdMs: 300, clearMs: 1500, retryMs: 400, perHour: 20 }, fold: { standstillMs: 300,";
  backend = await UpkeepBackend.start(
    {
      ...{ ROLLUPS_REST_MS_MIN: "100", ROLLUPS_REST_MS_MAX: "400", PAGERDUTY_KEY: "a key" },
      ROLLUPS_ALERTS_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
      ROLLUPS_ALERTS_SECRET: SECRET,
    },
    {
      "convex/limits.ts": ["fold: {", limits],
      "convex/cubes.ts": [
        'description: "Totals, trends and stock',
        `freshness: ${JSON.stringify(targets)}, description: "Totals, trends and stock`,
      ],
    },
    "relaxed",
  );
  tenant = await backend.tenant(tenantId);
  client = tenant.connect();
}, 120_000);

afterAll(async () => {
  watching.abort();
  await watched;
  await backend.stop();
  receiver.close();
});

/** Deploys the worker with the fault or without it, and what tells alerts. */
async function deploy(isFaulty: boolean, alerts: string): Promise<void> {
  const [from, to] = isFaulty ? [sound, faulty] : [faulty, sound];
  await backend.app.replace(step, from, to);
  await backend.app.write("convex/alerts.ts", alerts);
  await backend.app.push(backend.local);
}

const health = () => client.query(api.aggregates.health, { tenantId });
/** What PagerDuty was told of one kind, each once. */
function events(kind: string) {
  const told = new Map(received.map((one) => [one.headers["webhook-id"], one.text]));
  return [...told.values()]
    .map((text) => JSON.parse(text) as { dedup_key: string; payload: { severity: string } })
    .filter(({ dedup_key }) => dedup_key.startsWith(`${tenantId}/${kind}`));
}

/** As a receiver does that knows nothing but standardwebhooks.com. */
function expectSigned({ headers, text }: Received): void {
  const [id, timestamp] = [headers["webhook-id"], headers["webhook-timestamp"]];
  const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
  const hmac = createHmac("sha256", key).update(`${String(id)}.${String(timestamp)}.${text}`);
  expect(headers["webhook-signature"]).toBe(`v1,${hmac.digest("base64")}`);
  expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(120);
  expect(headers["content-type"]).toBe("application/json");
}

test("a write costs four calls, with targets and alerts, too", async () => {
  await backend.record(client, tenantId);
  await tenant.settled();
  // A build takes longer than these targets want; it is over by now.
  await until(async () => (await health()).alerts!.open.length === 0, PATIENCE_MS);
  await backend.asleep();
  received.length = 0;
  await backend.resetUsage();
  await backend.record(client, tenantId);
  await until(async () => (await backend.usage()).calls >= 4);
  await sleep(2000);
  expect((await backend.usage()).callsByFunction).toEqual({
    "inventory:record": 1,
    "rollups/wake/wake:wake": 1,
    "rollups/batchWorker/loop:loop": 2,
  });
  expect(received).toEqual([]);
  watched = watch();
});

test("a fault stops the worker: warn, error, and over when it is mended", async () => {
  expect(blocks).toHaveLength(2);
  const [pagerDuty = "", slack = ""] = blocks;
  await deploy(true, pagerDuty);
  // The receiver is away for a moment: what it has missed comes again.
  answers.push(503);
  const written = Date.now();
  await backend.record(client, tenantId);
  await until(() => events("freshness").length >= 2, PATIENCE_MS);
  expect(Date.now() - written).toBeGreaterThanOrEqual(targets.error);
  for (const one of received) expectSigned(one);
  const ids = received.map(({ headers }) => headers["webhook-id"]);
  expect(ids.filter((id) => id === ids[0])).toHaveLength(2);
  expect(events("freshness")).toMatchObject([
    {
      ...{ routing_key: "a key", event_action: "trigger" },
      dedup_key: "acme/freshness/inventory/totals",
      payload: { severity: "warning", source: "acme" },
    },
    { event_action: "trigger", payload: { severity: "error" } },
  ]);
  expect(events("standstill")).toHaveLength(1);
  const open = (await health()).alerts!.open;
  expect(open.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    "freshness error",
    "standstill error",
  ]);
  expect(
    (await health()).rollups.find(
      ({ rollup, cube }) => cube === "inventory" && rollup === "totals",
    )!.freshness,
  ).toMatchObject({ state: "error" });

  const before = received.length;
  await deploy(false, slack);
  await until(() => received.length >= before + 2, PATIENCE_MS);
  await until(async () => (await health()).alerts!.open.length === 0, PATIENCE_MS);
  const texts = received.slice(before).map(({ text }) => JSON.parse(text) as { text: string });
  expect(texts.map(({ text }) => text).sort()).toEqual([
    "ok: inventory.totals: freshness is over",
    "ok: the tenant: standstill is over",
  ]);
  expect((await tenant.health()).backlog).toBe(0);
});

test("a receiver that refuses is told by health, and so is a secret that is missing", async () => {
  await setEnvironment(backend.local, { ROLLUPS_ALERTS_SECRET: "" });
  await deploy(true, blocks[0]!);
  await backend.record(client, tenantId);
  const seen = received.length;
  await until(async () => (await health()).alerts!.undelivered.length > 0, PATIENCE_MS);
  expect((await health()).alerts!.undelivered[0]).toMatchObject({ isGivenUp: false });
  expect((await health()).alerts!.undelivered[0]!.error).toContain("ROLLUPS_ALERTS_SECRET");
  expect(received).toHaveLength(seen);
  await setEnvironment(backend.local, { ROLLUPS_ALERTS_SECRET: SECRET });
  await until(() => received.length > seen, PATIENCE_MS);
  await deploy(false, blocks[0]!);
  await until(async () => (await health()).alerts!.open.length === 0, PATIENCE_MS);
  expect((await health()).alerts!.undelivered).toEqual([]);
});
