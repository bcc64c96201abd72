/**
 * Laws 1, 4, 9, 10 and 11, asked after every step: an answer equals the oracle's on the source as of
 * the watermark that it names, comes from one ready generation or from a scan, and reads nothing of
 * other tenants; a refusal has a reason.
 */
import { queryContext } from "../backend/context";
import { knobs, turn } from "../backend/knobs";
import { hangsInTheAir, oracleAnswer, rangeOf } from "../oracle/answer";
import { oracleCubes } from "../oracle/cube";
import { toQueryJson, type Question } from "../oracle/question";
import type { Dice } from "../random";
import { rollupNames } from "../source/cubes";
import { Broken, tenantIds } from "../world/rules";
import type { World } from "../world/world";
import { anyQuestion } from "./questions";

/** How a question was answered, for counting. */
export interface Asked {
  question: Question;
  tenant: number;
  freshness: "live" | "folded";
  /** "rollup", "scan", or the code of a refusal. */
  route: string;
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
  const route = await ask(world, tenant, question, freshness);
  return { question, tenant, freshness, route };
}

/** Asks and checks. Returns the route. */
export async function ask(
  world: World,
  tenant: number,
  question: Question,
  freshness: "live" | "folded",
): Promise<string> {
  const tenantId = tenantIds[tenant]!;
  const book = world.books[tenant]!;
  const generations = new Set<string>();
  const ctx = queryContext(world.database.readAt(world.database.latest), (table, document) => {
    if (document.tenantId !== tenantId)
      throw new Broken(`An answer reads ${table} of another tenant.`);
    if (table === "rollupTiles") {
      generations.add(`${String(document.rollup)}@${String(document.generation)}`);
    }
  });
  const json = toQueryJson(question);
  const fail = (what: string, ...more: unknown[]): never => {
    const text = more.map((one) => `\n  ${JSON.stringify(one)}`).join("");
    throw new Broken(
      `${freshness} answer of ${tenantId}: ${what}\n  ${JSON.stringify(json)}${text}`,
    );
  };
  let answered;
  try {
    answered = await world.code.answerQuery(ctx, tenantId, json, freshness);
  } catch (error) {
    if (error instanceof Broken) throw error;
    const { code } = error as { code?: string };
    if (code === undefined || !mayRefuse(world, tenant, question, freshness, code)) {
      return fail(`refused: ${String((error as Error).stack)}`);
    }
    return code;
  }
  if (hangsInTheAir(question)) fail("must be refused");
  const { answer, servedBy, watermark, lagMs } = answered;
  if (servedBy === "scan") {
    if (freshness === "folded") fail("a folded answer is a scan");
  } else {
    for (const one of generations)
      if (one !== servedBy) fail(`served by ${servedBy}, reads ${one}`);
    const state = world
      .documents("rollupStates", tenant)
      .find(
        (row) => `${String(row.cube)}.${String(row.rollup)}@${String(row.generation)}` === servedBy,
      );
    if (state?.status !== "ready" || state.degraded) fail(`served by ${servedBy}`, state);
  }
  const isLive = lagMs !== null;
  if (isLive && watermark !== book.newestLogged) {
    fail(`the watermark is ${watermark}, the newest commit ${book.newestLogged}`);
  }
  if (freshness === "folded" && isLive) fail("claims to be live");
  if (watermark > book.newestLogged) fail(`the watermark ${watermark} is in the future`);
  const rows = isLive ? book.now(question.cube) : book.asOf(watermark, question.cube);
  const expected = oracleAnswer(rows, question, world.zones[tenant]!);
  if (JSON.stringify(answer.rows) !== JSON.stringify(expected.rows)) {
    fail(
      `served by ${servedBy} as of ${watermark}, position ${positionText(world, tenant)}`,
      answer.rows,
      expected.rows,
    );
  }
  if (question.total && answer.total !== expected.total)
    fail("total", answer.total, expected.total);
  return servedBy === "scan" ? "scan" : "rollup";
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
  if (!["NoRollup", "Building", "EdgeTooLarge", "EdgeNotFolded", "ExtremePending"].includes(code)) {
    return false;
  }
  if (freshness === "folded") return true;
  const { from, to } = rangeOf(question, question.timezone ?? world.zones[tenant]!);
  const { measures } = oracleCubes[question.cube]!;
  // Windows may reach any record.
  const isAround = question.measures.some((name) => measures[name]!.window !== undefined);
  const inRange = world.books[tenant]!.now(question.cube).filter(
    ({ at }) => isAround || (at >= from && at < to),
  );
  return inRange.length > knobs.scanRecords;
}

function positionText(world: World, tenant: number): string {
  const [state] = world.documents("foldStates", tenant);
  const { commitTs, row, change } = (state?.position ?? {}) as Record<string, unknown>;
  return `${String(commitTs)}/${String(row)}/${String(change)}`;
}

/** Laws 5 and 6 within one snapshot: parts add up to the whole, whatever routes they take. */
export async function checkConservation(world: World, tenant: number): Promise<void> {
  turn({ cells: world.trace.cells });
  const tenantId = tenantIds[tenant]!;
  const total = async (dimensions: string[], granularity?: string) => {
    const ctx = queryContext(world.database.readAt(world.database.latest));
    const query = {
      measures: ["sales.count", "sales.quantity"],
      dimensions,
      timeDimensions: granularity ? [{ dimension: "sales.at", granularity }] : [],
    };
    const { answer } = await world.code.answerQuery(ctx, tenantId, query, "live");
    const sum = (member: string) =>
      answer.rows.reduce((all, row) => all + Number(row[member] ?? 0), 0);
    return `${sum("sales.count")} ${sum("sales.quantity")}`;
  };
  const whole = await total([]);
  for (const parts of [
    await total(["sales.warehouse"]),
    await total(["sales.category"]),
    await total([], "day"),
    await total([], "hour"),
    await total(["sales.warehouse"], "month"),
  ]) {
    if (parts !== whole) throw new Broken(`${tenantId}: parts ${parts}, whole ${whole}`);
  }
}
