/**
 * Reading source tables as facts: pages in `(_creationTime, _id)` order for backfill and the browser
 * fallback, and bounded time ranges for raw scans. The only place that reads a cube's table by name.
 */
import type { GenericDataModel, GenericDatabaseReader, IndexRange } from "convex/server";
import type { Value } from "convex/values";
import type { CubeDefinition, Fact } from "../../lib/model/cube";
import { RollupsError } from "../../lib/errors";
import { projectFact } from "../../lib/model/fact";
import { TIME_MAX, TIME_MIN } from "../../lib/time/calendar";
import type { Cursor } from "../../lib/fold/backfill";
import type { ReadRecord } from "../../lib/verification/reading";
import type { QueryCtx } from "../_generated/server";

/** A source document as a cube sees it. */
export interface SourceFact {
  id: string;
  createdAt: number;
  /** Null for a record that is none, as somebody wrote it past the mutations' checks. */
  fact: Fact | null;
  /** Why it is none. */
  refusal?: { code: string; message: string };
}

/** Tables are named by data here, so their types are not known: any document, any index. */
type AnyReader = GenericDatabaseReader<GenericDataModel>;
const anyReader = (ctx: Pick<QueryCtx, "db">) => ctx.db as unknown as AnyReader;

interface AnyRange extends IndexRange {
  eq(field: string, value: Value): AnyRange;
  gt(field: string, value: Value): AnyRange;
  gte(field: string, value: Value): AnyRange;
  lt(field: string, value: Value): AnyRange;
}
const anyRange = (q: unknown) => q as AnyRange;

/**
 * The next `size` documents of a tenant after `cursor`. Index `by_tenant`. Documents created in the
 * same millisecond are told apart by id, so a page may re-read and skip a few.
 */
export async function readPage(
  ctx: Pick<QueryCtx, "db">,
  cube: CubeDefinition,
  tenantId: string,
  cursor: Cursor | null,
  size: number,
): Promise<{ facts: SourceFact[]; last: boolean }> {
  const range = anyReader(ctx)
    .query(cube.table)
    .withIndex("by_tenant", (q) => {
      const tenant = anyRange(q).eq("tenantId", tenantId);
      return cursor === null ? tenant : tenant.gte("_creationTime", cursor.createdAt);
    });
  const facts: SourceFact[] = [];
  for await (const doc of range) {
    const id = doc._id as string;
    const createdAt = doc._creationTime as number;
    if (cursor !== null && createdAt === cursor.createdAt && id <= cursor.id) continue;
    facts.push({ id, createdAt, ...factIn(cube, doc) });
    if (facts.length >= size) return { facts, last: false };
  }
  return { facts, last: true };
}

/** `_creationTime` of a tenant's first and last document, or nulls. Two documents read. */
export async function sourceSpan(
  ctx: Pick<QueryCtx, "db">,
  cube: CubeDefinition,
  tenantId: string,
): Promise<{ firstCreatedAt: number | null; lastCreatedAt: number | null }> {
  const table = () =>
    anyReader(ctx)
      .query(cube.table)
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId));
  const [first, last] = await Promise.all([table().first(), table().order("desc").first()]);
  return {
    firstCreatedAt: (first?._creationTime as number | undefined) ?? null,
    lastCreatedAt: (last?._creationTime as number | undefined) ?? null,
  };
}

/**
 * Facts with time in [from, to), at most `limit`; null when there are more. Index
 * `by_tenant_and_time`; reads at most limit + 1 documents. Throws `InvalidFact` with field and id.
 */
export async function readTimeRange(...range: TimeRange): Promise<Fact[] | null> {
  const [, cube] = range;
  const docs = await readDocuments(...range);
  return docs === null ? null : docs.map((doc) => mustBeFact(cube, doc));
}

/** The same without records that are no facts: nobody counts those. */
export async function readCountable(...range: TimeRange): Promise<Fact[] | null> {
  const [, cube] = range;
  const facts = (await readDocuments(...range))?.map((doc) => factIn(cube, doc).fact);
  return facts?.filter((fact) => fact !== null) ?? null;
}

/** The same, but null also where one of them is no fact. */
export async function readIfFacts(...range: TimeRange): Promise<Fact[] | null> {
  const [, cube] = range;
  const facts = (await readDocuments(...range))?.map((doc) => factIn(cube, doc).fact) ?? [null];
  return facts.every((fact) => fact !== null) ? facts : null;
}

type TimeRange = Parameters<typeof readDocuments>;

async function readDocuments(
  ctx: Pick<QueryCtx, "db">,
  cube: CubeDefinition,
  tenantId: string,
  from: number | null,
  to: number | null,
  limit: number,
) {
  const timeField = sourceTimeField(cube);
  const docs = await anyReader(ctx)
    .query(cube.table)
    .withIndex("by_tenant_and_time", (q) => {
      const tenant = anyRange(q).eq("tenantId", tenantId);
      const lower = from === null ? tenant : tenant.gte(timeField, from);
      return to === null ? lower : lower.lt(timeField, to);
    })
    .take(limit + 1);
  return docs.length > limit ? null : docs;
}

function factIn(
  cube: CubeDefinition,
  doc: Record<string, unknown>,
): Pick<SourceFact, "fact" | "refusal"> {
  try {
    return { fact: projectFact(cube, doc) };
  } catch (error) {
    if (!(error instanceof RollupsError)) throw error;
    return { fact: null, refusal: { code: error.code, message: error.message } };
  }
}

function mustBeFact(cube: CubeDefinition, doc: Record<string, unknown>): Fact {
  try {
    return projectFact(cube, doc);
  } catch (error) {
    if (!(error instanceof RollupsError)) throw error;
    throw new RollupsError(error.code, error.message, { ...error.details, id: doc._id });
  }
}

/** Where a piece begins: at a time, or within a millisecond of whole times behind a record. */
export type PieceStart =
  { from: number } | { at: number; after: { createdAt: number; id: string } };

/** A record of a piece; its fact is null where it is none. */
export interface PieceRecord extends ReadRecord {
  fact: Fact | null;
}

/** Records between two looks at how much a query has read. */
const LOOK_RECORDS = 64;
/** Records of one time and one creation time, as only an import makes them, that are passed over. */
const SKIPPED_RECORDS_MAX = 2000;

/**
 * Records in order of time, then creation, then id: the first `most` from `start` on, of times before
 * `to`, or those of the one millisecond that it begins within. Fewer where they are large: some of
 * them, and no more than about `bytes`. `more` says that others follow. Index `by_tenant_and_time`.
 */
export async function readPiece(
  ctx: Pick<QueryCtx, "db" | "meta">,
  cube: CubeDefinition,
  tenantId: string,
  start: PieceStart,
  to: number,
  most: { records: number; bytes: number },
): Promise<{ records: PieceRecord[]; more: boolean }> {
  const timeField = sourceTimeField(cube);
  const range = anyReader(ctx)
    .query(cube.table)
    .withIndex("by_tenant_and_time", (q) => {
      const tenant = anyRange(q).eq("tenantId", tenantId);
      if ("from" in start) return tenant.gte(timeField, start.from).lt(timeField, to);
      return tenant.eq(timeField, start.at).gte("_creationTime", start.after.createdAt);
    });
  const bytesRead = async () => (await ctx.meta.getTransactionMetrics()).bytesRead.used;
  const before = await bytesRead();
  const records: PieceRecord[] = [];
  let looked = 0;
  for await (const doc of range) {
    const [id, createdAt] = [doc._id as string, doc._creationTime as number];
    const isFull = records.length >= most.records || looked >= most.records + SKIPPED_RECORDS_MAX;
    if (isFull) return { records, more: true };
    looked++;
    if (looked % LOOK_RECORDS === 0 && (await bytesRead()) - before > most.bytes) {
      return { records, more: true };
    }
    if ("after" in start && createdAt === start.after.createdAt && id <= start.after.id) continue;
    const time = doc[timeField] as number;
    records.push({ id, createdAt, time, fact: factIn(cube, doc).fact });
  }
  return { records, more: false };
}

/** Whether a record has a time within the millisecond after `t`, whole times left out. */
export async function hasFractions(
  ctx: Pick<QueryCtx, "db">,
  cube: CubeDefinition,
  tenantId: string,
  t: number,
): Promise<boolean> {
  const timeField = sourceTimeField(cube);
  const doc = await anyReader(ctx)
    .query(cube.table)
    .withIndex("by_tenant_and_time", (q) =>
      anyRange(q)
        .eq("tenantId", tenantId)
        .gt(timeField, t)
        .lt(timeField, t + 1),
    )
    .first();
  return doc !== null;
}

/** How many records have a time that no calendar knows, or none, and so are no facts; `most` at most of each. */
export async function countStrays(
  ctx: Pick<QueryCtx, "db">,
  cube: CubeDefinition,
  tenantId: string,
  most: number,
): Promise<number> {
  const timeField = sourceTimeField(cube);
  const within = (bound: (q: AnyRange) => AnyRange) =>
    anyReader(ctx)
      .query(cube.table)
      .withIndex("by_tenant_and_time", (q) => bound(anyRange(q).eq("tenantId", tenantId)))
      .take(most);
  const [early, late] = await Promise.all([
    within((q) => q.lt(timeField, TIME_MIN)),
    within((q) => q.gte(timeField, TIME_MAX)),
  ]);
  return early.length + late.length;
}

/** The time of the newest record before `to` that calendars know; null where there is none. */
export async function newestTime(
  ctx: Pick<QueryCtx, "db">,
  cube: CubeDefinition,
  tenantId: string,
  to: number,
): Promise<number | null> {
  const timeField = sourceTimeField(cube);
  const doc = await anyReader(ctx)
    .query(cube.table)
    .withIndex("by_tenant_and_time", (q) =>
      anyRange(q).eq("tenantId", tenantId).gte(timeField, TIME_MIN).lt(timeField, to),
    )
    .order("desc")
    .first();
  return doc === null ? null : (doc[timeField] as number);
}

/** Ids of at most `size` documents with time before `to`, oldest first. Index `by_tenant_and_time`. */
export async function readOldest(
  ctx: Pick<QueryCtx, "db">,
  cube: CubeDefinition,
  tenantId: string,
  to: number,
  size: number,
): Promise<string[]> {
  const docs = await anyReader(ctx)
    .query(cube.table)
    .withIndex("by_tenant_and_time", (q) =>
      anyRange(q).eq("tenantId", tenantId).lt(sourceTimeField(cube), to),
    )
    .take(size);
  return docs.map(({ _id }) => _id as string);
}

/** The document field behind the cube's time dimension. */
function sourceTimeField(cube: CubeDefinition): string {
  const field = cube.dimensions[cube.time]?.field ?? cube.time;
  const definition = cube.fields[field];
  return (definition?.type === "time" ? definition.from : undefined) ?? field;
}
