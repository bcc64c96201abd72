// @vitest-environment happy-dom
/**
 * Days of three people at the dashboard, replayed against a running backend with the demo's data: how often what was
 * asked ahead was asked, and what it cost. Figures are printed; design 039 has them.
 */
import { cleanup, waitFor } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { demoTenants } from "../../cli/demo/tenants.js";
import { watchLedger } from "../../cli/demo/watchLedger.js";
import { inventoryLedger } from "../../cli/demo/inventoryLedger.js";
import { api } from "../../convex/_generated/api.js";
import { Prefetch, type PrefetchFigures } from "../../src/react/prefetch/index.js";
import { startWithApp, TENANT, untilFolded, type Started } from "../realData/backend.js";
import { dice } from "../realData/random.js";
import { ListedClient, pause, showScreen } from "./screen.js";
import { questionsOf, sessions, type Choice, type Values } from "./sessions.js";

const RECORDS = 2000;
const END = Date.UTC(2026, 5, 18);
const anchor = "2026-06-17";
const tenant = demoTenants.find(({ tenantId }) => tenantId === TENANT)!;

let backend: Started;
let values: Values;
const report: string[] = [];

beforeAll(async () => {
  backend = await startWithApp();
  const { client } = backend;
  const watched = watchLedger(tenant, RECORDS, END, "prefetch");
  const moved = inventoryLedger(tenant, RECORDS, END, "prefetch");
  const rowsOf = <Row,>(ledger: { groups: number; group: (i: number) => readonly Row[] }) =>
    Array.from({ length: ledger.groups }, (_, i) => ledger.group(i)).flat();
  const views = rowsOf(watched);
  const movements = rowsOf(moved);
  for (let from = 0; from < RECORDS; from += 500) {
    const [rows, stock] = [views.slice(from, from + 500), movements.slice(from, from + 500)];
    if (rows.length > 0) await client.mutation(api.watch.recordBatch, { tenantId: TENANT, rows });
    if (stock.length > 0)
      await client.mutation(api.inventory.recordBatch, { tenantId: TENANT, rows: stock });
  }
  await untilFolded(client);
  const count = (texts: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]).map(([text]) => text);
  };
  values = {
    anchor,
    categories: count(views.map(({ category }) => category)),
    channels: count(views.map(({ channel }) => channel)).slice(0, 8),
  };
});
afterEach(cleanup);
afterAll(async () => {
  console.log(`\n${report.join("\n")}\n`);
  await backend?.process.stop();
});

/** With `dwells` a person dwells on what comes next, and as often on something else first. */
async function replay(
  choices: readonly Choice[],
  { isHeld, dwells }: { isHeld: boolean; dwells: boolean },
): Promise<PrefetchFigures> {
  const { client } = new ListedClient(backend);
  const prefetch = new Prefetch();
  const screens = choices.map((choice) => questionsOf(choice, anchor));
  const most = Math.max(...screens.map(({ length }) => length));
  const random = dice(7);
  const padded = (queries: (typeof screens)[number]) =>
    Array.from({ length: most }, (_, i) => queries[i] ?? queries[0]!);
  const screen = showScreen({ client, tenantId: TENANT, isHeld, prefetch }, padded(screens[0]!));
  const settled = async () => {
    await waitFor(() => expect(screen.isThere()).toBe(true), { timeout: 30_000, interval: 20 });
    // A second: people take longer, and what is late here would be there.
    await pause(isHeld ? 1300 : 900);
  };
  await settled();
  for (const next of screens.slice(1)) {
    if (dwells) {
      const { ahead } = screen.result.current.screen;
      if (random.chance(0.5)) ahead(...random.pick(screens));
      ahead(...next);
      await pause(250);
    }
    screen.to(padded(next));
    await settled();
  }
  screen.unmount();
  await client.close();
  return prefetch.figures();
}

const share = (part: number, all: number) =>
  all === 0 ? "–" : `${Math.round((part / all) * 100)} %`;

test.each([
  { isHeld: false, dwells: false },
  { isHeld: false, dwells: true },
  { isHeld: true, dwells: true },
])("days of people: held $isHeld, dwelling $dwells", async ({ isHeld, dwells }) => {
  const rates: Record<string, number> = {};
  for (const [name, session] of Object.entries(sessions)) {
    const figures = await replay(session(values, dice(11)), { isHeld, dwells });
    const { hits, late, misses, hitRate, calls, bytes, wastedBytes, dollars } = figures;
    rates[name] = hitRate ?? 0;
    const where = `${isHeld ? "held" : "asked"}${dwells ? ", dwelling" : ""}`;
    report.push(
      `${name} (${where}): ${hits} + ${late} late of ${hits + late + misses} (${share(hits, hits + late + misses)}), ` +
        `${calls} calls, ${(bytes / 1000).toFixed(0)} kB, wasted ${(wastedBytes / 1000).toFixed(0)} kB ` +
        `(${share(wastedBytes, bytes)}), $${dollars.toFixed(6)}`,
    );
    // The budget of an hour, and the last answer that it was spent on.
    expect(bytes).toBeLessThanOrEqual(2_100_000);
    expect(wastedBytes).toBeLessThanOrEqual(bytes);
  }
  if (!isHeld) {
    expect(rates["routine"]).toBeGreaterThan(dwells ? 0.4 : 0.15);
    expect(rates["comparing"]).toBeGreaterThan(dwells ? 0.6 : 0.3);
  }
});
