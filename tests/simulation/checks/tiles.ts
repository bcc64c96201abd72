/**
 * Laws 2, 3 and 5, on the stored documents themselves: the tiles of a ready generation hold the
 * oracle's cells of the source as of the fold position, in every level; those of a building one the
 * cells of the documents that its backfill has passed. Tiles are read by hand here, as a person would
 * read them, with the oracle's calendar.
 */
import type { Document } from "../backend/context.js";
import {
  bucketEnd,
  bucketId,
  bucketsWithin,
  showsOtherMinutes,
  wallClock,
} from "../oracle/clock.js";
import { distinctBin } from "../../../lib/measures/hyperLogLog.js";
import { cellName, cellText, OracleRollup, priceFactor, type Kept } from "../oracle/cells.js";
import { keptFrom } from "../oracle/retention.js";
import { readBins } from "../oracle/sketch.js";
import type { Value } from "../oracle/cube.js";
import {
  rowsOf,
  type FoldedPosition,
  type SourceBook,
  type SourceDocument,
} from "../world/source.js";
import { Broken, tenantIds } from "../world/rules.js";
import { rescaled } from "../source/cubes.js";
import type { World } from "../world/world.js";

interface Definition extends Kept {
  name: string;
  levels: { granularity: string; partition: string }[];
}

interface State {
  cube: string;
  rollup: string;
  generation: number;
  status: string;
  degraded: boolean;
  definition: Definition;
  coverage?: KeptLevel[];
  _id: string;
}

interface KeptLevel {
  granularity: string;
  retain: string | null;
  since: number;
  servedFrom: number | null;
  storedFrom: number | null;
  sweptTo: number | null;
}

interface Backfill {
  cube: string;
  generations: { rollup: string; generation: number; derive?: unknown }[];
  cursor: "end" | null | { createdAt: number; id: string };
  page: { asOf: bigint } | null;
}

interface Tile {
  rollup: string;
  generation: number;
  granularity: string;
  partitionStart: number;
  dimensions: Record<string, Value[]>;
  columns: Record<string, (number | bigint | string | null)[][]>;
  pending: { series: number; slot: number; column: string }[];
}

/** Cells as stored, as texts. `lost` names the cell and column of every pending extreme. */
interface Stored {
  cells: Map<string, string>;
  lost: Set<string>;
}

/** Checks every generation of a tenant. With `isQuiet` nothing may be pending. */
export function checkTiles(world: World, tenant: number, isQuiet = false): void {
  const book = world.books[tenant]!;
  const [fold] = world.documents("foldStates", tenant);
  const position = (fold?.position ?? {
    commitTs: 0n,
    row: 0,
    change: 0,
  }) as unknown as FoldedPosition;
  const folded = book.foldedTo(position);
  const ahead = (fold?.ahead ?? []) as unknown as { state: string }[];
  const states = world.documents("rollupStates", tenant) as unknown as readonly State[];
  checkCubes(world, tenant, states);
  const [backfill] = world.oldestFirst("backfills", tenant) as unknown as Backfill[];
  const tiles = new Map<string, Tile[]>();
  for (const tile of world.documents("rollupTiles", tenant) as unknown as readonly Tile[]) {
    const key = levelKey(`${tile.rollup}@${tile.generation}`, tile.granularity);
    const level = tiles.get(key);
    if (level === undefined) tiles.set(key, [tile]);
    else level.push(tile);
  }
  for (const state of states) {
    const { definition, status } = state;
    const name = `${state.cube}.${state.rollup}@${state.generation}`;
    let documents: Iterable<SourceDocument> | null = null;
    // One that is folded further is judged once the others are as far; its answers always are.
    if (ahead.some((one) => one.state === state._id)) documents = null;
    else if (status === "ready") documents = folded.values();
    else if (
      status === "building" &&
      isCaughtUp(book, position, backfill) &&
      !isDerived(backfill)
    ) {
      documents = passedBy(backfill, state, folded);
    }
    const oracle = oracleOf(definition);
    const rows = documents === null ? null : rowsOf(documents, definition.cube);
    for (const { granularity, partition } of definition.levels) {
      const key = levelKey(name, granularity);
      const mine = tiles.get(key) ?? [];
      tiles.delete(key);
      if (rows === null || state.degraded) continue;
      const kept = state.coverage?.find((one) => one.granularity === granularity);
      if (kept !== undefined) checkKept(world, state, partition, kept, mine, isQuiet);
      const from = kept?.storedFrom ?? -Infinity;
      const there = from === -Infinity ? mine : mine.filter((tile) => tile.partitionStart >= from);
      const stored = readTiles(definition, granularity, partition, there);
      const within = from === -Infinity ? rows : rows.filter(({ at }) => at >= from);
      const expected = oracle.cells(within, granularity);
      const settled = isQuiet ? settledFrom(world, tenant, state) : null;
      const difference = compare(definition, stored, expected, settled);
      if (difference === null) continue;
      throw new Broken(
        `Tiles of ${tenantIds[tenant]} ${name} (${status}) by ${granularity}: ${difference}`,
      );
    }
  }
  for (const key of tiles.keys()) throw new Broken(`A tile of ${key}, which does not exist.`);
}

/** What is said of the log of each cube is what is said of all: as many changes of it are folded by both. */
function checkCubes(world: World, tenant: number, states: readonly State[]): void {
  const book = world.books[tenant]!;
  const [fold] = world.documents("foldStates", tenant) as unknown as Fold[];
  const seams = world.documents("cubeSeams", tenant) as unknown as CubeFold[];
  for (const own of world.documents("cubeFolds", tenant) as unknown as CubeFold[]) {
    const seam = seams.find(({ cube }) => cube === own.cube);
    const within: string[] = [];
    for (const { _id, cube, status } of states) {
      if (cube !== own.cube || status !== "ready") continue;
      const known = own.generations.find(({ state }) => state === _id)?.position ?? own.position;
      const all = fold!.ahead?.find(({ state }) => state === _id)?.position ?? fold!.position;
      const [is, mustBe] = [book.countWithin(cube, known), book.countOf(cube, all)];
      if (is !== mustBe)
        throw new Broken(`${is} changes of ${cube} are told to be folded, ${mustBe} are.`);
      if (known.row > 0 || known.change > 0) within.push(_id);
    }
    const told = seam?.generations.map(({ state }) => state).filter((id) => within.includes(id));
    const [is, mustBe] = [told?.sort().join(), within.sort().join()];
    if (is !== mustBe)
      throw new Broken(`Within commits of ${own.cube} are ${mustBe}, told are ${is}`);
  }
}

interface Fold {
  position: FoldedPosition;
  ahead?: { state: string; position: FoldedPosition }[];
}

interface CubeFold extends Pick<Fold, "position"> {
  cube: string;
  generations: { state: string; position: FoldedPosition }[];
}

/** What is past its time is gone, if need be after a while; nothing else is. */
function checkKept(
  world: World,
  { cube, rollup, definition, status }: State,
  partition: string,
  { granularity, retain, since, servedFrom, storedFrom, sweptTo }: KeptLevel,
  tiles: readonly Tile[],
  isQuiet: boolean,
): void {
  const level = `${cube}.${rollup} ${granularity}`;
  const zone = definition.timezone;
  const limit = (text: string, isDeleted: boolean) =>
    keptFrom(text, partition, zone, world.clock, isDeleted);
  const [served, stored] = [servedFrom ?? -Infinity, storedFrom ?? -Infinity];
  if (stored > served) throw new Broken(`${level} answers where it is not stored.`);
  const ever = [...(world.retained.get(level) ?? [])].map((text) => limit(text, true));
  if (stored > Math.max(-Infinity, ...ever)) {
    throw new Broken(`${level} is stored from ${stored} on only, must be from ${String(ever)} on.`);
  }
  const left = tiles.filter(({ partitionStart }) => partitionStart < stored);
  if (left.some(({ partitionStart }) => isQuiet || partitionStart < (sweptTo ?? -Infinity))) {
    throw new Broken(`${level} has tiles from before ${stored}.`);
  }
  if (!isQuiet || status !== "ready" || retain === null) return;
  if (served !== Math.max(stored, limit(retain, false))) {
    throw new Broken(`${level} answers from ${served} on, ${retain} are declared.`);
  }
  const isDue = world.clock - since > 7 * DAY_MS + DAY_MS / 24;
  if (isDue && stored < limit(retain, true)) {
    throw new Broken(`${level} is stored from ${stored} on, ${retain} are declared.`);
  }
}

const DAY_MS = 86_400_000;

const levelKey = (generation: string, granularity: string) => `${generation} by ${granularity}`;

const oracles = new Map<string, OracleRollup>();
const definitionTexts = new WeakMap<Definition, string>();

/** Definitions are few, and the same in all worlds. */
function textOf(definition: Definition): string {
  let text = definitionTexts.get(definition);
  if (text === undefined) definitionTexts.set(definition, (text = JSON.stringify(definition)));
  return text;
}

function oracleOf(definition: Definition): OracleRollup {
  const text = textOf(definition);
  let oracle = oracles.get(text);
  if (oracle === undefined) oracles.set(text, (oracle = new OracleRollup(definition, distinctBin)));
  return oracle;
}

/** Whether the history of what is built is taken from another's tiles, some of it at a time. */
function isDerived(backfill?: Backfill): boolean {
  return backfill?.generations.some(({ derive }) => derive !== undefined) === true;
}

/** In a quiet world: from which bucket on all that is needed to find lost extremes again is there. */
function settledFrom(world: World, tenant: number, { cube, definition }: State): string | null {
  const wholeFrom = world.sourceFrom(tenant, cube);
  if (wholeFrom === null) return "";
  return isReadNow(world, definition) ? wallClock(definition.timezone, wholeFrom) : null;
}

/** Whether the running code reads prices as the tiles have them. */
function isReadNow(world: World, { fields }: Definition): boolean {
  return (
    priceFactor(fields) === null || priceFactor(fields) === (world.version === rescaled ? 10 : 1)
  );
}

/** Whether all that the newest page already contained is folded. */
function isCaughtUp(book: SourceBook, position: FoldedPosition, backfill?: Backfill): boolean {
  const asOf = backfill?.page?.asOf ?? -1n;
  return book.countBefore(position) >= book.log.filter(({ ts }) => ts <= asOf).length;
}

/** The folded documents that a building generation holds: none before its turn comes. */
function passedBy(
  backfill: Backfill | undefined,
  state: State,
  folded: Map<string, SourceDocument>,
): SourceDocument[] {
  const isBuilt =
    backfill?.cube === state.cube &&
    backfill.generations.some(
      ({ rollup, generation }) => rollup === state.rollup && generation === state.generation,
    );
  if (!isBuilt) return [];
  const { cursor } = backfill;
  if (cursor === null) return [];
  const documents = [...folded.values()];
  if (cursor === "end") return documents;
  return documents.filter(
    ({ createdAt, id }) =>
      createdAt < cursor.createdAt || (createdAt === cursor.createdAt && id <= cursor.id),
  );
}

function readTiles(
  definition: Definition,
  granularity: string,
  partition: string,
  tiles: readonly Tile[],
): Stored {
  const cells = new Map<string, string>();
  const lost = new Set<string>();
  for (const tile of tiles) {
    const stored = readTile(definition, granularity, partition, tile);
    for (const [name, text] of stored.cells) {
      if (cells.has(name)) throw new Broken(`The cell ${name} is stored twice.`);
      cells.set(name, text);
    }
    for (const name of stored.lost) lost.add(name);
  }
  return { cells, lost };
}

/** What was read of a stored version, and by which definition. */
const read = new WeakMap<Tile, { by: string; stored: Stored }>();

function readTile(
  definition: Definition,
  granularity: string,
  partition: string,
  tile: Tile,
): Stored {
  const by = textOf(definition);
  const known = read.get(tile);
  if (known?.by === by) return known.stored;
  const { timezone, dimensions, accumulators } = definition;
  const stored: Stored = { cells: new Map(), lost: new Set() };
  const slots = slotsOf(granularity, partition, timezone, tile.partitionStart);
  const place = (series: number, slot: number) => {
    const bucket = slots[slot];
    if (bucket === undefined)
      throw new Broken(`Slot ${slot} of ${definition.name} by ${granularity}.`);
    return cellName(
      bucket,
      dimensions.map(({ name }) => tile.dimensions[name]![series] ?? null),
    );
  };
  tile.columns.count!.forEach((slotCounts, series) => {
    slotCounts.forEach((count, slot) => {
      if (count === null) return;
      const name = place(series, slot);
      if (stored.cells.has(name)) throw new Broken(`The cell ${name} is stored twice.`);
      const values = accumulators.map(({ column, kind }) =>
        readStatistic(kind, tile.columns[column]![series]![slot] ?? null),
      );
      stored.cells.set(name, cellText(values));
    });
    if (!slotCounts.some((count) => count !== null)) throw new Broken("A series without cells.");
  });
  for (const { series, slot, column } of tile.pending) {
    stored.lost.add(`${place(series, slot)} ${column}`);
  }
  read.set(tile, { by, stored });
  return stored;
}

/** By what sketches hold: the text that it was stored as. Equal counts must have equal texts. */
const sketchTexts = new Map<string, string>();

function readStatistic(kind: string, stored: number | bigint | string | null) {
  if (kind !== "hll" && kind !== "ddSketch") return stored;
  if (stored === null) return null;
  if (typeof stored !== "string") throw new Broken(`A sketch is stored as ${String(stored)}.`);
  const bins = readBins(stored);
  if (bins === null) throw new Broken("A sketch of nothing is stored.");
  const known = sketchTexts.get(bins);
  if (known === undefined) sketchTexts.set(bins, stored);
  else if (known !== stored) throw new Broken(`${bins} is stored as ${stored} and as ${known}.`);
  return bins;
}

const known = new Map<string, string[]>();

/** The ids of a partition's buckets, in order. */
function slotsOf(granularity: string, partition: string, zone: string, start: number): string[] {
  const key = `${granularity} ${partition} ${zone} ${start}`;
  let slots = known.get(key);
  if (slots === undefined) {
    const id = bucketId(partition, zone, start);
    if (id === bucketId(partition, zone, start - 1))
      throw new Broken(`No ${partition} begins at ${start}.`);
    const end = bucketEnd(partition, zone, start);
    known.set(key, (slots = bucketsWithin(granularity, zone, start, end)));
  }
  return slots;
}

/** From the bucket named `settled` on no extreme may be lost; null where any may. */
function compare(
  { accumulators }: Definition,
  { cells, lost }: Stored,
  expected: ReadonlyMap<string, string>,
  settled: string | null,
): string | null {
  const pending = settled === null ? [] : [...lost].filter((name) => name >= settled);
  if (pending.length > 0) return `pending: ${pending.join(", ")}`;
  for (const [name, text] of expected) {
    const stored = cells.get(name);
    if (stored === text) continue;
    if (stored === undefined) return `${name} is missing, ${text}`;
    const actual = stored.split("|");
    const values = text.split("|");
    for (const [i, { column, kind }] of accumulators.entries()) {
      const [is, mustBe] = [actual[i]!, values[i]!];
      if (is === mustBe) continue;
      // A lost extreme keeps its last value, which is at least as extreme as the true one.
      const isLost = lost.has(`${name} ${column}`) && is !== "" && mustBe !== "";
      const bounds = kind === "min" ? Number(is) <= Number(mustBe) : Number(is) >= Number(mustBe);
      if (!isLost || !bounds) return `${name} ${column} is ${is}, must be ${mustBe}`;
    }
  }
  for (const [name, text] of cells) if (!expected.has(name)) return `${name} is there, ${text}`;
  return null;
}

/** Law 2 and the rest of a quiet world: everything declared is ready, and nothing is left to do. */
export function checkQuiet(world: World, tenant: number): void {
  checkTiles(world, tenant, true);
  const fail = (what: string, documents: readonly Document[]): never => {
    throw new Broken(
      `${tenantIds[tenant]} is quiet, but has ${what}: ${JSON.stringify(documents, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))}`,
    );
  };
  const all = world.documents("rollupStates", tenant);
  // What cannot be built again where records have expired stays as it is, and says so.
  const isWhole = ({ cube }: Document | { cube: string }) =>
    world.sourceFrom(tenant, cube as string) === null;
  const isStuck = all.some(
    (state) => !isWhole(state) && !isReadNow(world, state.definition as never),
  );
  for (const table of ["backfills", "deadLetters"]) {
    const left = world.documents(table, tenant);
    if (left.length > 0) fail(table, left);
  }
  // A generation that has failed, and stays as nothing can replace it, is not restored any more.
  const isServing = ({ rollup, generation }: Document) =>
    all.some(
      (state) =>
        state.status === "ready" &&
        state.generation === generation &&
        `${String(state.cube)}.${String(state.rollup)}` === rollup,
    );
  const repairs = world.documents("repairs", tenant).filter(isServing);
  if (repairs.length > 0 && !isStuck) fail("repairs", repairs);
  const states = all.filter(isWhole);
  const odd = states.filter(({ status, degraded }) => status !== "ready" || degraded === true);
  if (odd.length > 0) fail("generations that are not ready", odd);
  const given = ["SourceExpired", "DefinitionChanged"];
  const lost = all.filter(
    ({ status, failure }) =>
      status !== "ready" &&
      (status !== "failed" || !given.includes((failure as { code: string }).code)),
  );
  if (lost.length > 0) fail("generations that are neither ready nor refused", lost);
  const book = world.books[tenant]!;
  const [fold] = world.documents("foldStates", tenant);
  const count =
    fold === undefined ? 0 : book.countBefore(fold.position as unknown as FoldedPosition);
  if (count !== book.log.length)
    throw new Broken(`${book.log.length - count} changes are not folded.`);
  const declared = world.declared().filter(isWhole);
  const names = declared
    .map(({ cube, name }) => `${cube}.${name}`)
    .sort()
    .join();
  const has = states
    .map(({ cube, rollup }) => `${String(cube)}.${String(rollup)}`)
    .sort()
    .join();
  if (has !== names) throw new Broken(`${tenantIds[tenant]} has ${has}, declared is ${names}`);
  const zone = world.zones[tenant]!;
  for (const state of states as unknown as State[]) {
    if (state.definition.timezone !== zone)
      throw new Broken(`${state.rollup} is in ${state.definition.timezone}.`);
    const { levels } = declared.find(
      ({ cube, name }) => cube === state.cube && name === state.rollup,
    )!;
    const isAsked = world.otherZones[tenant]!.some((other) => showsOtherMinutes(zone, other));
    const wanted = Object.keys(levels).filter((one) => one !== "quarterHour" || isAsked);
    const kept = state.definition.levels.map(({ granularity }) => granularity);
    if (kept.join() !== wanted.join())
      throw new Broken(`${state.rollup} keeps ${kept.join()}, must keep ${wanted.join()}.`);
  }
}
