/**
 * Reading the app's tables as facts, by the app's own fields and indexes: pages in
 * `(_creationTime, _id)` order, and bounded ranges of time. The only place that reads a cube's table.
 */
import type {
  GenericDataModel,
  GenericDatabaseReader,
  GenericQueryCtx,
  IndexRange,
} from "convex/server";
import type { Value } from "convex/values";
import { RollupsError } from "../../../lib/errors.js";
import type { CubeDefinition, Fact } from "../../../lib/model/cube.js";
import { projectFact } from "../../../lib/model/fact.js";
import { TIME_MAX, TIME_MIN } from "../../../lib/time/calendar.js";
import type {
  Answers,
  AskOf,
  PieceRecord,
  SourceFact,
} from "../../../convex/components/rollups/app/protocol.js";
import type { SourceCube } from "../cubes/catalogue.js";

/** Tables are named by data here, so their types are not known: any document, any index. */
export type AnyReader = GenericDatabaseReader<GenericDataModel>;
type Reading = { db: AnyReader };
type Metered = Reading & Pick<GenericQueryCtx<GenericDataModel>, "meta">;

interface AnyRange extends IndexRange {
  eq(field: string, value: Value): AnyRange;
  gt(field: string, value: Value): AnyRange;
  gte(field: string, value: Value): AnyRange;
  lt(field: string, value: Value): AnyRange;
}

/** The range of a tenant's records; of all records in an app without tenants. */
function ofTenant({ tenant }: SourceCube, tenantId: string, q: unknown): AnyRange {
  const range = q as AnyRange;
  return tenant === null ? range : range.eq(tenant, tenantId);
}

/**
 * The next `size` documents of a tenant after `cursor`. Documents created in the
 * same millisecond are told apart by id, so a page may re-read and skip a few.
 */
export async function readPage(
  ctx: Reading,
  cube: SourceCube,
  tenantId: string,
  { cursor, size }: AskOf<"page">,
): Promise<Answers["page"]> {
  const range = ctx.db.query(cube.definition.table).withIndex(cube.byTenant, (q) => {
    const tenant = ofTenant(cube, tenantId, q);
    return cursor === null ? tenant : tenant.gte("_creationTime", cursor.createdAt);
  });
  const facts: SourceFact[] = [];
  for await (const doc of range) {
    const id = doc._id as string;
    const createdAt = doc._creationTime as number;
    if (cursor !== null && createdAt === cursor.createdAt && id <= cursor.id) continue;
    facts.push({ id, createdAt, ...factIn(cube.definition, doc) });
    if (facts.length >= size) return { facts, last: false };
  }
  return { facts, last: true };
}

/** `_creationTime` of a tenant's first and last document, or nulls. Two documents read. */
export async function sourceSpan(
  ctx: Reading,
  cube: SourceCube,
  tenantId: string,
): Promise<Answers["span"]> {
  const table = () =>
    ctx.db
      .query(cube.definition.table)
      .withIndex(cube.byTenant, (q) => ofTenant(cube, tenantId, q));
  const [first, last] = await Promise.all([table().first(), table().order("desc").first()]);
  return {
    firstCreatedAt: (first?._creationTime as number | undefined) ?? null,
    lastCreatedAt: (last?._creationTime as number | undefined) ?? null,
  };
}

/**
 * Facts with time in [from, to), at most `limit`; null when there are more. Reads at most limit + 1
 * documents. A record that is no fact is refused with `InvalidFact`, which names field and id; it is
 * left out; or it spoils the answer, which is null then.
 */
export async function readTimeRange(
  ctx: Reading,
  cube: SourceCube,
  tenantId: string,
  { unreadable, from, to, limit }: AskOf<"range">,
): Promise<Fact[] | null> {
  const { timeField, definition } = cube;
  const docs = await ctx.db
    .query(definition.table)
    .withIndex(cube.byTime, (q) => {
      const tenant = ofTenant(cube, tenantId, q);
      const lower = from === null ? tenant : tenant.gte(timeField, from);
      return to === null ? lower : lower.lt(timeField, to);
    })
    .take(limit + 1);
  if (docs.length > limit) return null;
  if (unreadable === "refuse") return docs.map((doc) => mustBeFact(definition, doc));
  const facts = docs.map((doc) => factIn(definition, doc).fact);
  const readable = facts.filter((fact) => fact !== null);
  return unreadable === "spoil" && readable.length < facts.length ? null : readable;
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

/** Records between two looks at how much a query has read. */
const LOOK_RECORDS = 64;
/** Records of one time and one creation time, as only an import makes them, that are passed over. */
const SKIPPED_RECORDS_MAX = 2000;

/**
 * Records in order of time, then creation, then id: the first `most` from `start` on, of times before
 * `to`, or those of the one millisecond that it begins within. Fewer where they are large: some of
 * them, and no more than about `bytes`. `more` says that others follow.
 */
export async function readPiece(
  ctx: Metered,
  cube: SourceCube,
  tenantId: string,
  { start, to, records: most, bytes }: AskOf<"piece">,
): Promise<Answers["piece"]> {
  const { timeField } = cube;
  const range = ctx.db.query(cube.definition.table).withIndex(cube.byTime, (q) => {
    const tenant = ofTenant(cube, tenantId, q);
    if ("from" in start) return tenant.gte(timeField, start.from).lt(timeField, to);
    const at = tenant.eq(timeField, start.at);
    return timeField === "_creationTime" ? at : at.gte("_creationTime", start.after.createdAt);
  });
  const bytesRead = async () => (await ctx.meta.getTransactionMetrics()).bytesRead.used;
  const before = await bytesRead();
  const records: PieceRecord[] = [];
  let looked = 0;
  for await (const doc of range) {
    const [id, createdAt] = [doc._id as string, doc._creationTime as number];
    const isFull = records.length >= most || looked >= most + SKIPPED_RECORDS_MAX;
    if (isFull) return { records, more: true };
    looked++;
    if (looked % LOOK_RECORDS === 0 && (await bytesRead()) - before > bytes) {
      return { records, more: true };
    }
    if ("after" in start && createdAt === start.after.createdAt && id <= start.after.id) continue;
    const time = doc[timeField] as number;
    records.push({ id, createdAt, time, fact: factIn(cube.definition, doc).fact });
  }
  return { records, more: false };
}

/** Whether a record has a time within the millisecond after `t`, whole times left out. */
export async function hasFractions(
  ctx: Reading,
  cube: SourceCube,
  tenantId: string,
  t: number,
): Promise<boolean> {
  const { timeField } = cube;
  const doc = await ctx.db
    .query(cube.definition.table)
    .withIndex(cube.byTime, (q) =>
      ofTenant(cube, tenantId, q)
        .gt(timeField, t)
        .lt(timeField, t + 1),
    )
    .first();
  return doc !== null;
}

/** How many records have a time that no calendar knows, or none, and so are no facts; `most` at most of each. */
export async function countStrays(
  ctx: Reading,
  cube: SourceCube,
  tenantId: string,
  most: number,
): Promise<number> {
  const { timeField } = cube;
  const within = (bound: (q: AnyRange) => AnyRange) =>
    ctx.db
      .query(cube.definition.table)
      .withIndex(cube.byTime, (q) => bound(ofTenant(cube, tenantId, q)))
      .take(most);
  const [early, late] = await Promise.all([
    within((q) => q.lt(timeField, TIME_MIN)),
    within((q) => q.gte(timeField, TIME_MAX)),
  ]);
  return early.length + late.length;
}

/** Ids of at most `size` documents with time before `to`, oldest first. */
export async function readOldest(
  ctx: Reading,
  cube: SourceCube,
  tenantId: string,
  to: number,
  size: number,
): Promise<string[]> {
  const docs = await ctx.db
    .query(cube.definition.table)
    .withIndex(cube.byTime, (q) => ofTenant(cube, tenantId, q).lt(cube.timeField, to))
    .take(size);
  return docs.map(({ _id }) => _id as string);
}
