/**
 * Writes past capture, and the verification that finds them. In between tiles are wrong, and nobody
 * knows how wrong, so one step takes a world from sound to sound.
 */
import type { Execution } from "../backend/calls.js";
import type { Document } from "../backend/context.js";
import { allow } from "../backend/engine.js";
import { turn } from "../backend/knobs.js";
import { Broken, sourceTables, tenantIds } from "./rules.js";
import type { Between, CheckLimits, Step, Tampering } from "./steps.js";
import type { World, Writer } from "./world.js";

/** Runs of a verification pass, of some steps each. */
const RUNS_MAX = 2000;
/** What verification looks at in stale snapshots only, so that nobody waits for it. */
const unread = new Set([...sourceTables, "rollupTiles"]);

/** Runs a verification pass that must not find anything. */
export async function mustBeSound(
  world: World,
  tenant: number,
  limits: CheckLimits = {},
  between: readonly Between[] = [],
): Promise<void> {
  const before = world.documents("drifts", tenant).length;
  await pass(world, tenant, limits, between);
  const [found] = world.oldestFirst("drifts", tenant).slice(before);
  if (found === undefined) return;
  const { rollup, granularity, bucket } = found as unknown as Record<string, string>;
  throw new Broken(`Verification sees drift in ${rollup} by ${granularity} at ${bucket}.`);
}

/** The pass under way and one whole pass; less where verification has to wait for the worker. */
async function pass(
  world: World,
  tenant: number,
  limits: CheckLimits,
  between: readonly Between[] = [],
): Promise<void> {
  const tenantId = tenantIds[tenant]!;
  const state = () => world.documents("verifications", tenant)[0];
  const passes = () => (state()?.passes ?? 0) as number;
  const pieces = () => world.documents("verificationPieces", tenant);
  const place = () =>
    JSON.stringify([state()?.cursor, passes(), pieces()], (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
  const left = [...between];
  const end = passes() + (state()?.startedAt === undefined ? 1 : 2);
  for (let run = 0; passes() < end; run++) {
    if (run >= RUNS_MAX) throw new Broken("A verification pass never comes to an end.");
    const before = place();
    turn({ ...limits, cells: world.trace.cells });
    allow(world.database, 1);
    await world.mutate((one) => one.call("rollups", "verification/pass:run", { tenantId }), unread);
    if (pieces().some(({ pieces }) => pieces !== null)) world.events.push("verifiedInPieces");
    const next = left.shift();
    if (next === undefined && place() === before) return;
    if (next === undefined) continue;
    if ("fold" in next) await world.fold(tenant, next.fold);
    else {
      await (await world.begin(next.write)).commit();
      world.touched.add(tenant);
    }
  }
  world.events.push("verified");
}

/** Tampers, lets everybody do their part, and leaves a world in which everything is right again. */
export async function drift(world: World, step: Extract<Step, { do: "drift" }>): Promise<void> {
  const { tenant, raw, write, early, limits = {}, repairs = {} } = step;
  // What is wrong where records have expired stays wrong: nobody can tell.
  if (world.documents("sourceStates", tenant).length > 0) return await world.drain(tenant, {});
  const known = world.documents("drifts", tenant).length;
  await tamper(world, tenant, raw);
  await (await world.begin(write)).commit();
  world.touched.add(tenant);
  if (early) await pass(world, tenant, limits);
  await world.drain(tenant, repairs);
  await pass(world, tenant, limits);
  if (world.documents("deadLetters", tenant).length > 0) {
    world.events.push("setAside");
    await world.call(tenant, "replay");
  }
  await world.drain(tenant, repairs);
  if (world.documents("drifts", tenant).length > known) world.events.push("drifted");
  world.books[tenant]!.settle();
  await mustBeSound(world, tenant);
}

async function tamper(world: World, tenant: number, raw: Tampering[]): Promise<void> {
  const documents = new Map(world.books[tenant]!.documents);
  const both = tenantIds.map((_, i) => (i === tenant ? documents : new Map<string, never>()));
  await world.mutate(async (execution) => {
    for (const one of raw) {
      if (one.op === "dropTile" || one.op === "alterTile")
        await tamperTile(world, execution, tenant, one);
      else {
        const unlogged = tenantIds.map(() => []);
        const { db } = execution.context("", true) as unknown as { db: Writer };
        await world.edit(db, { ...one, tenant }, both, unlogged, [new Set(), new Set()]);
      }
    }
  });
  world.books[tenant]!.amend(documents);
}

async function tamperTile(
  world: World,
  execution: Execution,
  tenant: number,
  one: Extract<Tampering, { op: "dropTile" | "alterTile" }>,
): Promise<void> {
  const tiles = world.documents("rollupTiles", tenant);
  const tile: Document | undefined = tiles[one.pick % Math.max(1, tiles.length)];
  const { db } = execution.context("rollups", true) as unknown as { db: Writer };
  if (tile === undefined || (await db.get("rollupTiles", tile._id)) === null) return;
  if (one.op === "dropTile") return await db.delete("rollupTiles", tile._id);
  type Stored = number | bigint | string | null;
  const columns = structuredClone(tile.columns) as Record<string, Stored[][]>;
  const values = Object.values(columns);
  const places = values[one.column % values.length]!.flatMap((slots) =>
    slots.flatMap((value, slot) => (value === null ? [] : [{ slots, slot, value }])),
  );
  const place = places[one.slot % Math.max(1, places.length)];
  if (place === undefined) return;
  const { slots, slot, value } = place;
  // Of a text: one more record in a sketch, or another power of two.
  slots[slot] =
    typeof value === "bigint" ? value + 1n : typeof value === "string" ? `${value}1` : value + 1;
  await db.patch("rollupTiles", tile._id, { columns });
}
