/**
 * Reading source tables as facts: pages in `(_creationTime, _id)` order for backfill and the browser
 * fallback, and bounded time ranges for raw scans. The only place that reads a cube's table by name.
 */
import type { GenericDataModel, GenericDatabaseReader, IndexRange } from "convex/server";
import type { Value } from "convex/values";
import type { CubeDefinition, Fact } from "../../lib/model/cube";
import { RollupsError } from "../../lib/errors";
import { projectFact } from "../../lib/model/fact";
import type { Cursor } from "../../lib/fold/backfill";
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

/**
 * The first `size` records with time at or after `from`, in order of time: their times, and their facts,
 * null for a record that is none; `more` says that others follow. Index `by_tenant_and_time`.
 */
export async function readTimeWindow(
  ctx: Pick<QueryCtx, "db">,
  cube: CubeDefinition,
  tenantId: string,
  from: number | null,
  size: number,
): Promise<{ facts: (Fact | null)[]; times: number[]; more: boolean }> {
  const timeField = sourceTimeField(cube);
  const docs = await anyReader(ctx)
    .query(cube.table)
    .withIndex("by_tenant_and_time", (q) => {
      const tenant = anyRange(q).eq("tenantId", tenantId);
      return from === null ? tenant : tenant.gte(timeField, from);
    })
    .take(size + 1);
  const window = docs.slice(0, size);
  return {
    facts: window.map((doc) => factIn(cube, doc).fact),
    times: window.map((doc) => doc[timeField] as number),
    more: docs.length > size,
  };
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
