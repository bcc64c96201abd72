/**
 * Laws 1, 4, 9, 10 and 11, asked after every step: an answer equals the oracle's on the source as of
 * the watermark that it names, comes from one ready generation or from a scan, and reads nothing of
 * other tenants; a refusal has a reason.
 */
import type { Calls, Document } from "../backend/context.js";
import { knobs, turn } from "../backend/knobs.js";
import {
  hangsInTheAir,
  oracleAnswer,
  rangeOf,
  rangesOf,
  type AnswerRow,
} from "../oracle/answer.js";
import { conditionsOf } from "../../oracle/filters.js";
import { oracleCubes } from "../oracle/cube.js";
import { toQueryJson, type Question } from "../oracle/question.js";
import type { Dice } from "../random.js";
import { rollupNames } from "../source/cubes.js";
import { Broken, tenantIds } from "../world/rules.js";
import { seenOf, type FoldedPosition } from "../world/source.js";
import type { Event, World } from "../world/world.js";
import { anyClockQuestion, anyQuestion } from "./questions.js";

/** How a question was answered, for counting. */
export interface Asked {
  question: Question;
  tenant: number;
  freshness: "live" | "folded";
  /** "rollup", "scan", or the code of a refusal. */
  route: string;
  events: Event[];
}

/** Asks one random question and checks its answer. */
export async function askAnything(
  world: World,
  tenant: number,
  dice: Dice,
  freshness: "live" | "folded",
): Promise<Asked> {
  const question = anyQuestion(dice, world.declared());
  turn({
    cells: world.trace.cells,
    hidden: new Set(dice.some(rollupNames, 0.2)),
    ...(dice.chance(0.05) ? { tailChanges: 1, tailRows: 1 } : {}),
    ...(dice.chance(0.05) ? { scanRecords: dice.below(4) } : {}),
  });
  const events: Event[] = [];
  const route = await ask(world, tenant, question, freshness, events);
  return { question, tenant, freshness, route, events };
}

/** Asks by hours of day, or for an answer that includes some commit, or both, and checks the answer. */
export async function askAside(world: World, tenant: number, dice: Dice): Promise<Asked> {
  const isClock = dice.chance(0.6) && world.declared().some(({ cube }) => cube === "sales");
  const question = (isClock ? anyClockQuestion : anyQuestion)(dice, world.declared());
  const freshness = dice.chance(0.75) ? "live" : "folded";
  turn({
    cells: world.trace.cells,
    hidden: new Set(dice.some(rollupNames, 0.2)),
    ...(dice.chance(0.3) ? { tailChanges: 1, tailRows: 1 } : {}),
    ...(dice.chance(0.5) ? { caughtUpRecords: dice.below(3) } : {}),
  });
  const newest = newestOf(world, tenant);
  const commits = world.books[tenant]!.commits.map(({ ts }) => ts);
  const atLeast = dice.weighted<bigint | null>([
    [isClock ? 2 : 0, null],
    [2, newest],
    [1, newest + 1n],
    [1, dice.pick(commits)],
  ]);
  const events: Event[] = [];
  const route = await ask(world, tenant, question, freshness, events, atLeast);
  return { question, tenant, freshness, route, events };
}

/** The newest commit of the tenant's log or, where it is later, that of the newest build. */
function newestOf(world: World, tenant: number): bigint {
  const [fold] = world.documents("foldStates", tenant);
  const builtAt = (fold?.builtAt ?? 0n) as bigint;
  const { newestLogged } = world.books[tenant]!;
  return newestLogged > builtAt ? newestLogged : builtAt;
}

/** The same of one cube; what its position says once it is read by itself, else that of the tenant. */
function newestOfCube(world: World, tenant: number, cube: string): bigint {
  const own = world.documents("cubeFolds", tenant).find((row) => row.cube === cube);
  if (own === undefined) return newestOf(world, tenant);
  const { commitTs } = own.position as unknown as FoldedPosition;
  const known = [world.books[tenant]!.newestLoggedOf(cube), (own.builtAt ?? 0n) as bigint];
  return known.reduce((a, b) => (a > b ? a : b), commitTs - 1n);
}

/** Asks and checks. Returns the route. */
export async function ask(
  world: World,
  tenant: number,
  question: Question,
  freshness: "live" | "folded",
  events: Event[] = [],
  atLeast: bigint | null = null,
): Promise<string> {
  const tenantId = tenantIds[tenant]!;
  const book = world.books[tenant]!;
  const generations = new Set<string>();
  let isOfQuarters = false;
  const wholeFrom = world.sourceFrom(tenant, question.cube);
  const onRead = (table: string, document: Document) => {
    if (table === question.cube && (document.at as number) < (wholeFrom ?? -Infinity))
      throw new Broken(`An answer reads ${table} from before ${wholeFrom}.`);
    if (document.tenantId !== tenantId)
      throw new Broken(`An answer reads ${table} of another tenant.`);
    if (table === "rollupTiles") {
      generations.add(`${String(document.rollup)}@${String(document.generation)}`);
      isOfQuarters ||= document.granularity === "quarterHour";
      mustAnswer(world, tenant, document);
    }
  };
  const json = toQueryJson(question);
  const fail = (what: string, ...more: unknown[]): never => {
    const text = more.map((one) => `\n  ${JSON.stringify(one)}`).join("");
    throw new Broken(
      `${freshness} answer of ${tenantId}: ${what}\n  ${JSON.stringify(json)}${text}`,
    );
  };
  let answered;
  try {
    const asked = { query: json, freshness, ...(atLeast !== null && { atLeast: String(atLeast) }) };
    answered = await world.load(tenant, asked, { onRead, hides });
  } catch (error) {
    if (error instanceof Broken) throw error;
    const { code, ...details } = (error as Refusal).data ?? {};
    if (code === "Behind" && atLeast !== null) {
      const isAhead = atLeast > newestOf(world, tenant);
      const mayLack = freshness === "folded" || isAhead || hasTail(world, tenant);
      if (!mayLack || BigInt(details.watermark!) >= atLeast) fail("is not behind", details);
      events.push("behind");
      return code;
    }
    if (code === undefined || !mayRefuse(world, tenant, question, freshness, code)) {
      return fail(`refused: ${String((error as Error).stack)}`);
    }
    return code;
  }
  if (hangsInTheAir(question)) fail("must be refused");
  const isReaching = reachesBefore(question, wholeFrom, world.zones[tenant]!, false);
  const { data, servedBy, total, exact } = answered;
  const newest = newestOf(world, tenant);
  const watermark = BigInt(answered.watermark);
  const asOf = answered.asOf === undefined ? null : BigInt(answered.asOf);
  if (servedBy === "scan") {
    if (isReaching) fail(`a scan of a source that is whole from ${wholeFrom} on`);
    if (freshness === "folded") fail("a folded answer is a scan");
  } else {
    // Ranges that are compared may be answered by a route each.
    const routes = servedBy.split(", ");
    if (question.compared === null && routes.length > 1) fail(`served by ${servedBy}`);
    for (const one of generations)
      if (!routes.includes(one)) fail(`served by ${servedBy}, reads ${one}`);
    for (const route of routes) {
      if (route === "scan" && freshness === "live") continue;
      const state = world
        .documents("rollupStates", tenant)
        .find(
          (row) => `${String(row.cube)}.${String(row.rollup)}@${String(row.generation)}` === route,
        );
      if (state?.status !== "ready" || state.degraded) fail(`served by ${servedBy}`, state);
    }
  }
  const isLive = answered.freshness === "live";
  const own = newestOfCube(world, tenant, question.cube);
  const mustBe = atLeast !== null && atLeast > own ? atLeast : own;
  if (isLive && watermark !== mustBe) {
    fail(`the watermark is ${watermark}, the newest commit of the cube ${own}`);
  }
  if (freshness === "folded" && isLive) fail("claims to be live");
  if (watermark > newest) fail(`the watermark ${watermark} is in the future`);
  if (atLeast !== null) {
    if (watermark < atLeast) fail(`as of ${watermark}, must include ${atLeast}`);
    events.push("atLeast");
    if (servedBy === "scan" && isTailLong(world, tenant)) events.push("caughtUp");
  }
  if (isLive !== (asOf === null)) fail(`is ${answered.freshness}, as of ${asOf}`);
  if (asOf !== null) {
    if (asOf > watermark) fail(`as of ${asOf}, the watermark is ${watermark}`);
    // The commit that it names may be earlier, but then nothing of the cube changed since.
    const seen = (ts: bigint) => book.asOf(ts, question.cube).map(seenOf).sort().join();
    if (asOf >= book.amendedFrom && seen(asOf) !== seen(watermark))
      fail(`as of ${asOf} the source was not what it was as of ${watermark}`);
  }
  // What was written past the log has no commit of the cube: tiles have it since it was restored.
  const told = watermark > book.amendedFrom ? watermark : book.amendedFrom;
  const rows = isLive ? book.now(question.cube) : book.asOf(told, question.cube);
  const expected = oracleAnswer(rows, question, world.zones[tenant]!);
  const cube = oracleCubes[question.cube]!;
  const about = question.measures.filter((name) => cube.measures[name]!.kind === "quantile");
  const mustBeExact = !question.measures.some((name) =>
    ["quantile", "approx"].includes(cube.measures[name]!.kind),
  );
  if (exact !== mustBeExact) fail("exact");
  const rowsTold = withoutError(data, expected.rows, question.cube, about);
  if (textOf(rowsTold) !== textOf(expected.rows)) {
    fail(
      `served by ${servedBy} as of ${watermark}, position ${positionText(world, tenant)}`,
      data,
      expected.rows,
    );
  }
  if (question.total && total !== expected.total) fail("total", total, expected.total);
  if (freshness === "folded" && atLeast === null) {
    // What `rows` answers does not look at positions, and is the same.
    const undated = await world.rows(tenant, { query: json, freshness }, { hides });
    const same = [data, servedBy, total] as const;
    if (JSON.stringify([undated.data, undated.servedBy, undated.total]) !== JSON.stringify(same)) {
      fail("rows and load differ", undated.data, data);
    }
  }
  if (isReaching) events.push("toldExpired");
  if (isOfQuarters) events.push("readQuarters");
  if (tellsHours(world, tenant, question, servedBy)) events.push("toldHours");
  if (servedBy.includes(", ")) events.push("mixedRoutes");
  return servedBy === "scan" ? "scan" : "rollup";
}

/** What clients get of a refusal. */
interface Refusal {
  data?: { code?: string } & Record<string, string>;
}

/** Rollups that are as if they were not built. */
const hides: Calls["hides"] = (table, { rollup }) =>
  table === "rollupStates" && knobs.hidden.has(rollup as string);

/** Members come in any order. */
const textOf = (rows: readonly AnswerRow[]): string =>
  JSON.stringify(rows.map((row) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));

/** Whether changes wait to be folded. */
function hasTail(world: World, tenant: number): boolean {
  const [fold] = world.documents("foldStates", tenant);
  const book = world.books[tenant]!;
  const position = (fold?.position ?? { commitTs: 0n, row: 0, change: 0 }) as unknown;
  return book.countBefore(position as FoldedPosition) < book.log.length;
}

const isTailLong = (world: World, tenant: number) =>
  knobs.tailChanges === 1 && hasTail(world, tenant);

/** Whether hours of day or weekdays came from the time of buckets: the rollup has none of that zone. */
function tellsHours(world: World, tenant: number, question: Question, servedBy: string): boolean {
  const clocks = ["hourOfDay", "weekday"];
  const names = [
    ...question.dimensions,
    ...conditionsOf(question.filters).map(({ member }) => member),
  ];
  const zone = question.timezone ?? world.zones[tenant]!;
  return world.documents("rollupStates", tenant).some((state) => {
    if (`${String(state.cube)}.${String(state.rollup)}@${String(state.generation)}` !== servedBy) {
      return false;
    }
    const { timezone, dimensions } = state.definition as unknown as {
      timezone: string;
      dimensions: { name: string }[];
    };
    const isStored = (name: string) => dimensions.some((one) => one.name === name);
    return names.some((name) => clocks.includes(name) && (timezone !== zone || !isStored(name)));
  });
}

/** A tile that is past its retention answers nothing, whether it is stored or not. */
function mustAnswer(world: World, tenant: number, tile: Document): void {
  for (const state of world.documents("rollupStates", tenant)) {
    const { coverage, cube, rollup, generation } = state as unknown as CoveredState;
    if (coverage === undefined || generation !== tile.generation) continue;
    if (`${cube}.${rollup}` !== tile.rollup) continue;
    const kept = coverage.find(({ granularity }) => granularity === tile.granularity);
    if ((tile.partitionStart as number) < (kept?.servedFrom ?? -Infinity)) {
      throw new Broken(
        `An answer reads ${cube}.${rollup} by ${kept!.granularity} from before it is kept.`,
      );
    }
  }
}

interface CoveredState {
  cube: string;
  rollup: string;
  generation: number;
  coverage?: { granularity: string; servedFrom: number | null }[];
}

/** The answer with the true quantiles in place of those that are within 1 % of them. */
function withoutError(
  rows: readonly AnswerRow[],
  expected: readonly AnswerRow[],
  cube: string,
  quantiles: readonly string[],
): readonly AnswerRow[] {
  if (quantiles.length === 0) return rows;
  return rows.map((row, i) => {
    const near = { ...row };
    for (const name of quantiles) {
      const [is, mustBe] = [row[`${cube}.${name}`], expected[i]?.[`${cube}.${name}`]];
      if (typeof is !== "number" || typeof mustBe !== "number") continue;
      if (Math.abs(is - mustBe) <= 0.01 * Math.abs(mustBe)) near[`${cube}.${name}`] = mustBe;
    }
    return near;
  });
}

/** A live answer may be refused where the records to scan are too many; a folded one for named reasons. */
function mayRefuse(
  world: World,
  tenant: number,
  question: Question,
  freshness: "live" | "folded",
  code: string,
): boolean {
  if (hangsInTheAir(question)) return code === "UnsupportedQuery";
  const wholeFrom = world.sourceFrom(tenant, question.cube);
  const isExpired = code === "SourceExpired" && wholeFrom !== null;
  const codes = ["NoRollup", "Building", "EdgeTooLarge", "EdgeNotFolded", "ExtremePending"];
  if (!codes.includes(code) && !isExpired) return false;
  if (freshness === "folded") return true;
  // Whether a rollup could tell is for the planner to know; nobody else can.
  if (reachesBefore(question, wholeFrom, world.zones[tenant]!, true)) return true;
  const { measures } = oracleCubes[question.cube]!;
  // Windows may reach any record.
  const isAround = question.measures.some((name) => measures[name]!.window !== undefined);
  const rows = world.books[tenant]!.now(question.cube);
  const zone = question.timezone ?? world.zones[tenant]!;
  // Of ranges that are compared each may be looked at for its edges, and once more for a scan.
  const looks = question.compared === null ? 1 : 2;
  const looked = rangesOf(question).map((one) => {
    const { from, to } = rangeOf(one, zone);
    return looks * rows.filter(({ at }) => isAround || (at >= from && at < to)).length;
  });
  return looked.reduce((sum, count) => sum + count, 0) > knobs.scanRecords;
}

/** Whether a question must look at a time before; with `isWide` whether it may: windows look anywhere. */
function reachesBefore(
  question: Question,
  wholeFrom: number | null,
  tenantZone: string,
  isWide: boolean,
): boolean {
  if (wholeFrom === null) return false;
  const { measures } = oracleCubes[question.cube]!;
  const isAround = (name: string) => measures[name]!.window !== undefined;
  if (isWide ? question.measures.some(isAround) : question.measures.every(isAround)) return isWide;
  return rangesOf(question).some((one) => {
    const { from, to } = rangeOf(one, question.timezone ?? tenantZone);
    return from < Math.min(to, wholeFrom);
  });
}

function positionText(world: World, tenant: number): string {
  const [state] = world.documents("foldStates", tenant);
  const { commitTs, row, change } = (state?.position ?? {}) as Record<string, unknown>;
  return `${String(commitTs)}/${String(row)}/${String(change)}`;
}

/** Laws 5 and 6 within one snapshot: parts add up to the whole, whatever routes they take. */
export async function checkConservation(world: World, tenant: number): Promise<void> {
  turn({ cells: world.trace.cells });
  const total = async (dimensions: string[], granularity?: string) => {
    const query = {
      measures: ["sales.count", "sales.quantity"],
      dimensions,
      timeDimensions: granularity ? [{ dimension: "sales.at", granularity }] : [],
    };
    const { data } = await world.load(tenant, { query }).catch((error: unknown) => {
      const isExpired = world.sourceFrom(tenant, "sales") !== null;
      if (isExpired && (error as Refusal).data?.code === "SourceExpired") return { data: null };
      throw error;
    });
    if (data === null) return null;
    const sum = (member: string) => data.reduce((all, row) => all + Number(row[member] ?? 0), 0);
    return `${sum("sales.count")} ${sum("sales.quantity")}`;
  };
  const whole = await total([]);
  if (whole === null) return;
  for (const parts of [
    await total(["sales.warehouse"]),
    await total(["sales.category"]),
    await total([], "day"),
    await total([], "hour"),
    await total(["sales.warehouse"], "month"),
  ]) {
    if (parts !== null && parts !== whole)
      throw new Broken(`${tenantIds[tenant]}: parts ${parts}, whole ${whole}`);
  }
}
