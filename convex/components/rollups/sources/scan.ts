/**
 * Reading the app's records as facts, through the one query that the app lends, in the snapshot of the
 * execution: pages in `(_creationTime, _id)` order for backfill, and bounded ranges of time.
 */
import { isErrorCode } from "../../../../lib/errorCodes.js";
import { RollupsError } from "../../../../lib/errors.js";
import type { Cursor } from "../../../../lib/fold/backfill.js";
import type { CubeDefinition, Fact } from "../../../../lib/model/cube.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Answered, Answers, Ask, AskOf, PieceStart } from "../app/protocol.js";

type Asking = Pick<QueryCtx, "runQuery" | "app">;

async function ask<Op extends keyof Answers>(
  ctx: Asking,
  op: Op,
  cube: CubeDefinition,
  tenantId: string,
  rest: AskOf<Op>,
): Promise<Answers[Op]> {
  const asked = { op, cube: cube.name, tenantId, ...rest } as Ask;
  const answer = (await ctx.runQuery(ctx.app.source, { ask: asked })) as Answered<Op>;
  if ("value" in answer) return answer.value;
  const { code, message, details } = answer.refusal;
  if (!isErrorCode(code)) throw new Error(`${code}: ${message}`);
  throw new RollupsError(code, message, details);
}

/**
 * The next `size` documents of a tenant after `cursor`. Documents created in the same millisecond are
 * told apart by id, so a page may re-read and skip a few.
 */
export async function readPage(
  ctx: Asking,
  cube: CubeDefinition,
  tenantId: string,
  cursor: Cursor | null,
  size: number,
): Promise<Answers["page"]> {
  return await ask(ctx, "page", cube, tenantId, { cursor, size });
}

/** `_creationTime` of a tenant's first and last document, or nulls. Two documents read. */
export async function sourceSpan(
  ctx: Asking,
  cube: CubeDefinition,
  tenantId: string,
): Promise<Answers["span"]> {
  return await ask(ctx, "span", cube, tenantId, {});
}

type Range = [
  ctx: Asking,
  cube: CubeDefinition,
  tenantId: string,
  from: number | null,
  to: number | null,
  limit: number,
];

/**
 * Facts with time in [from, to), at most `limit`; null when there are more. Reads at most limit + 1
 * documents. Throws `InvalidFact` with field and id.
 */
export async function readTimeRange(...range: Range): Promise<Fact[] | null> {
  return await readRange("refuse", ...range);
}

/** The same without records that are no facts: nobody counts those. */
export async function readCountable(...range: Range): Promise<Fact[] | null> {
  return await readRange("omit", ...range);
}

/** The same, but null also where one of them is no fact. */
export async function readIfFacts(...range: Range): Promise<Fact[] | null> {
  return await readRange("spoil", ...range);
}

async function readRange(
  unreadable: AskOf<"range">["unreadable"],
  ...[ctx, cube, tenantId, from, to, limit]: Range
): Promise<Fact[] | null> {
  return await ask(ctx, "range", cube, tenantId, { unreadable, from, to, limit });
}

/**
 * Records in order of time, then creation, then id: the first `most` from `start` on, of times before
 * `to`, or those of the one millisecond that it begins within. Fewer where they are large: some of
 * them, and no more than about `bytes`. `more` says that others follow.
 */
export async function readPiece(
  ctx: Asking,
  cube: CubeDefinition,
  tenantId: string,
  start: PieceStart,
  to: number,
  most: { records: number; bytes: number },
): Promise<Answers["piece"]> {
  return await ask(ctx, "piece", cube, tenantId, { start, to, ...most });
}

/** Whether a record has a time within the millisecond after `t`, whole times left out. */
export async function hasFractions(
  ctx: Asking,
  cube: CubeDefinition,
  tenantId: string,
  t: number,
): Promise<boolean> {
  return await ask(ctx, "fractions", cube, tenantId, { t });
}

/** How many records have a time that no calendar knows, or none, and so are no facts; `most` at most of each. */
export async function countStrays(
  ctx: Asking,
  cube: CubeDefinition,
  tenantId: string,
  most: number,
): Promise<number> {
  return await ask(ctx, "strays", cube, tenantId, { most });
}

/** Whether a record has a time before `to`. */
export async function hasRecordsBefore(
  ctx: Asking,
  cube: CubeDefinition,
  tenantId: string,
  to: number,
): Promise<boolean> {
  return await ask(ctx, "hasBefore", cube, tenantId, { to });
}
