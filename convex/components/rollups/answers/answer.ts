/**
 * Answering a query: tiles at the fold position plus every change after it, in one transaction, so
 * the answer is exact as of its watermark. Where no rollup can answer, a bounded raw scan does;
 * where that would be too large, the query is refused and every rollup's reason is named.
 */
import { RollupsError } from "../../../../lib/errors.js";
import type { CubeDefinition, Fact } from "../../../../lib/model/cube.js";
import { reachesExpired, sourceExpired } from "../../../../lib/model/expiry.js";
import type { PlannedQuery } from "../../../../lib/planner/plan.js";
import { joinAnswers, refusalOf, type Question } from "../../../../lib/query/question.js";
import { answerFromCompiled } from "../../../../lib/answer/answerFromFacts.js";
import type { Answer } from "../../../../lib/query/answer.js";
import { answerFromTiles } from "../../../../lib/answer/answerFromTiles.js";
import type { CompiledQuery } from "../../../../lib/query/compile.js";
import type { OrderState } from "../order/states.js";
import { OpenOrder } from "../order/answer.js";
import { mustAfford } from "./queryCost.js";
import { newestOfCube, newestOfTenant } from "../log/cubeLog.js";
import { hasBetween } from "../log/reader.js";
import type { QueryCtx } from "../app/ctx.js";
import { readWholeRange } from "../sources/sourceFrom.js";
import { readTimeRange } from "../sources/scan.js";
import { readTiles } from "../tiles/store.js";
import { planFor, routeOf, type Found, type Route } from "./routes.js";
import { readTail, type Freshness, type Tail, type TailOf } from "./tail.js";

/** What an answer has to be like. */
export interface Wanted {
  freshness?: Freshness;
  /** It includes this commit, of whatever cube it is, or is refused with `Behind`. */
  atLeast?: bigint | null;
  /** Whether a watermark is wanted. A folded answer without one depends on the tiles that it reads alone. */
  isDated?: boolean;
}

export interface Answered {
  cube: CubeDefinition;
  question: Question;
  answer: Answer;
  /** "cube.rollup@generation", or "scan"; of a comparison each route once, joined by ", ". */
  servedBy: string;
  /** As it is: live was asked for where a tail is too long to be added. */
  freshness: Freshness;
  /**
   * Every change of the cube up to this commit is included, and none after. Null for a scan, which includes
   * the newest commit of the snapshot, and where none was wanted.
   */
  watermark: bigint | null;
  /** What was asked for, and is included. */
  atLeast: bigint | null;
  /** Of a folded answer that is dated, or was to be live: the newest change of its cube that is included. */
  asOf: bigint | null;
}

type Part = Pick<Answered, "answer" | "servedBy"> & { isScan: boolean };

/** Answers a Cube query for one tenant. Throws coded errors: `InvalidQuery`, `NoRollup`, `Behind`, …. */
export async function answerQuery(
  ctx: QueryCtx,
  tenantId: string,
  json: unknown,
  { freshness = "live", atLeast = null, isDated = false }: Wanted = {},
): Promise<Answered> {
  const { cube, question, ranges } = await planFor(ctx, tenantId, json, { freshness });
  const of = { tenantId, cube: cube.name, freshness, isDated: isDated || atLeast !== null };
  const { tail, routes } = await routesOf(ctx, of, ranges);
  const scans = routes.map((route): Route => ({ ...route, read: null }));
  const read = routes.flatMap(({ read, asked }) =>
    read === null ? [] : [{ compiled: asked, ...read }],
  );
  const used = read.length === 0 ? null : tail;
  const source = { ctx, tail, freshness };
  let parts: Part[];
  if (atLeast !== null && !(await reaches(ctx, of, used, atLeast))) {
    parts = await catchUp({ ...source, tail: used }, scans, tenantId, atLeast);
  } else {
    await mustAfford(ctx, read);
    parts = await answerAll(source, routes);
    // Tiles without the whole tail are of an earlier commit than a scan, and an answer is of one commit.
    const isMixed = parts.some(({ isScan }) => isScan) && parts.some(({ isScan }) => !isScan);
    if (isMixed && tail?.freshness === "folded") parts = await answerAll(source, scans);
  }
  const isNamed = of.isDated || freshness === "live";
  const told = parts.every(({ isScan }) => isScan) ? null : tail;
  return {
    cube,
    question,
    answer: joinAnswers(
      question,
      parts.map(({ answer }) => answer),
    ),
    servedBy: [...new Set(parts.map(({ servedBy }) => servedBy))].join(", "),
    freshness: told?.freshness ?? "live",
    watermark: told?.watermark == null ? null : laterOf(told.watermark, atLeast ?? 0n),
    atLeast,
    asOf: told?.freshness === "folded" && isNamed ? told.asOf() : null,
  };
}

/**
 * The same question by a scan of the records alone, as of the newest commit of the snapshot. Null where it would read
 * more than `recordsMax` records. Throws coded errors, such as `SourceExpired`.
 */
export async function scanQuery(
  ctx: QueryCtx,
  tenantId: string,
  json: unknown,
  recordsMax: number,
): Promise<Answer | null> {
  const { question, ranges } = await planFor(ctx, tenantId, json);
  const records = new Records(recordsMax);
  const answers: Answer[] = [];
  for (const found of ranges) {
    const answer = await scan(ctx, found, records);
    if (answer instanceof RollupsError) throw answer;
    if (answer === null) return null;
    answers.push(answer);
  }
  return joinAnswers(question, answers);
}

/**
 * How the ranges are answered, and the tail that completes the tiles of all of them to one commit. A tail
 * that has other generations answer may have to reach further for these.
 */
async function routesOf(
  ctx: QueryCtx,
  of: TailOf,
  ranges: readonly Found[],
): Promise<{ tail: Tail | null; routes: Route[] }> {
  let tail: Tail | null = null;
  for (;;) {
    const routes: Route[] = await Promise.all(ranges.map((found) => routeOf(found, tail)));
    const states = routes.flatMap(({ read }) => (read === null ? [] : [read.state]));
    if (states.every((state) => tail?.completes(state) === true)) return { tail, routes };
    tail = await readTail(ctx, of, [...(tail?.states ?? []), ...states]);
  }
}

/**
 * Whether an answer from tiles and a tail, or by a scan where there is no tail, includes a commit. One of another cube
 * is included where the tenant has it, and the tiles lack nothing of their own cube until then.
 */
async function reaches(
  ctx: QueryCtx,
  { tenantId, cube }: TailOf,
  tail: Tail | null,
  atLeast: bigint,
): Promise<boolean> {
  const own = tail?.watermark ?? (await newestOfCube(ctx, tenantId, cube));
  if (own >= atLeast) return true;
  if ((await newestOfTenant(ctx, tenantId)) < atLeast) return false;
  return tail?.freshness !== "folded" || !(await hasBetween(ctx, tail.log, own, atLeast));
}

/** A commit that an answer is known to include is a watermark of it, too. */
export function laterOf(watermark: bigint, atLeast: bigint): bigint {
  return watermark > atLeast ? watermark : atLeast;
}

/**
 * An answer that includes a commit which folding has not come to, by a scan where that is small: a tail is
 * long where somebody writes much, and a large scan per viewer would be in their way.
 */
async function catchUp(
  source: Source,
  scans: readonly Route[],
  tenantId: string,
  atLeast: bigint,
): Promise<Part[]> {
  const newest = await newestOfTenant(source.ctx, tenantId);
  if (source.freshness === "live" && newest >= atLeast) {
    try {
      return await answerAll(source, scans, source.ctx.app.limits.answers.caughtUpRecords);
    } catch (error) {
      if (!(error instanceof RollupsError)) throw error;
    }
  }
  throw new RollupsError("Behind", "The answer does not include that commit yet; ask again.", {
    atLeast: atLeast.toString(),
    watermark: (source.tail?.watermark ?? newest).toString(),
    retryAfterMs: source.ctx.app.limits.answers.retryAfterMs,
  });
}

/** What an answer is read from. */
interface Source {
  ctx: QueryCtx;
  tail: Tail | null;
  freshness: Freshness;
}

/** One range after the other; together they look at no more source records than one may. */
async function answerAll(
  source: Source,
  routes: readonly Route[],
  recordsMax = source.ctx.app.limits.answers.scanRecords,
): Promise<Part[]> {
  const records = new Records(recordsMax);
  const parts: Part[] = [];
  for (const route of routes) {
    try {
      parts.push(await answerRange(source, route, records));
    } catch (error) {
      throw routes.length === 1 ? error : refusalOf(error, route.query);
    }
  }
  return parts;
}

/** The source records that an answer may look at: one look after the other, so that all share them. */
class Records {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private left: number) {}

  /** What `look` finds; it gives null for more than the number of records that it is given. */
  read(look: (max: number) => Promise<Fact[] | null>): Promise<Fact[] | null> {
    const found = this.last.then(async () => {
      const facts = await look(this.left);
      this.left -= facts?.length ?? 0;
      return facts;
    });
    this.last = found.catch(() => null);
    return found;
  }
}

async function answerRange(
  { ctx, tail, freshness }: Source,
  route: Route,
  records: Records,
): Promise<Part> {
  const { tenantId, cube, compiled, asked, planned, read, order, wholeFrom } = route;
  const beside = asked === compiled ? null : order;
  let refusal: RollupsError | null = null;
  if (tail !== null && read !== null) {
    const { state, generation, plan } = read;
    try {
      const open = beside && (await openBeside(ctx, beside, tail));
      const given = open && (await open.cells(compiled));
      const answer = await answerFromTiles({
        ...{ compiled, plan, ...(given && { given }) },
        source: {
          tiles: ({ level, fromPartition, toPartition }) =>
            readTiles(ctx, generation, level.granularity, fromPartition, toPartition),
          facts: async (from, to, limit) => {
            const whole = await wholeFrom();
            return await records.read((left) =>
              readWholeRange(ctx, cube, tenantId, whole, from, to, Math.min(left, limit)),
            );
          },
        },
        tail: tail.heldBy(state),
        tailMode: tail.freshness,
        limits: { factsMax: ctx.app.limits.answers.scanRecords },
      });
      const tiles = `${generation.rollup}@${generation.generation}`;
      const servedBy = open === null ? tiles : `${tiles}, ${open.route}`;
      return { answer, servedBy, isScan: false };
    } catch (error) {
      // A lost extreme, an edge with too many records, or trees that are behind: a scan may still do.
      if (!(error instanceof RollupsError)) throw error;
      refusal = error;
    }
  }
  if (order !== null && beside === null && freshness === "live") {
    try {
      return await answerOrdered(ctx, compiled, order);
    } catch (error) {
      // It is behind, or has too many trees: a scan may still do.
      if (!(error instanceof RollupsError)) throw error;
      refusal = error;
    }
  }
  const answer = freshness === "live" ? await scan(ctx, route, records) : null;
  if (answer === null || answer instanceof RollupsError) {
    throw refusal ?? noRollup(ctx, planned, freshness, answer);
  }
  return { answer, servedBy: "scan", isScan: true };
}

/** From trees and the whole tail: as a scan, of the newest commit of the snapshot. */
async function answerOrdered(
  ctx: QueryCtx,
  compiled: CompiledQuery,
  state: OrderState,
): Promise<Part> {
  const open = await OpenOrder.open(ctx, state);
  return { answer: await open.answer(compiled), servedBy: open.route, isScan: true };
}

/** Trees as of the commit that the tiles and their tail are of. Throws `Behind` where the tail is not added whole. */
async function openBeside(ctx: QueryCtx, state: OrderState, tail: Tail): Promise<OpenOrder> {
  if (tail.freshness === "live") return await OpenOrder.open(ctx, state);
  throw new RollupsError("Behind", `${state.cube} is behind; ask again.`, {
    retryAfterMs: ctx.app.limits.answers.retryAfterMs,
  });
}

/** Evaluates the source itself, if the range holds few enough records, and none have expired. */
async function scan(
  ctx: QueryCtx,
  { tenantId, cube, compiled, wholeFrom }: Found,
  records: Records,
): Promise<Answer | RollupsError | null> {
  const { from, to } = compiled.scopes;
  const whole = await wholeFrom();
  if (whole !== null && reachesExpired(whole, from, to)) return sourceExpired(cube.name, whole);
  const facts = await records.read((left) => readTimeRange(ctx, cube, tenantId, from, to, left));
  return facts === null ? null : answerFromCompiled(compiled, ctx.app.clocks.timezone, facts);
}

/** `expired` is the scan's refusal, if that is why it could not. */
function noRollup(
  ctx: Pick<QueryCtx, "app">,
  { considered }: PlannedQuery,
  freshness: Freshness,
  expired: RollupsError | null,
): RollupsError {
  const building = considered.find(({ refusal }) => refusal?.code === "Building");
  if (building === undefined && expired !== null) {
    const { code, message, details } = expired;
    return new RollupsError(code, `${message}, and no rollup can answer this query.`, {
      ...details,
      considered,
    });
  }
  const unscanned =
    expired === null
      ? `and the range holds more than ${ctx.app.limits.answers.scanRecords} records to scan`
      : "and records that it asks for have expired";
  const why = freshness === "folded" ? "and a folded answer is never scanned" : unscanned;
  return building === undefined
    ? new RollupsError("NoRollup", `No rollup can answer this query, ${why}.`, { considered })
    : new RollupsError("Building", `The rollup for this query is still being built, ${why}.`, {
        considered,
      });
}
