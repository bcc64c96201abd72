/**
 * The records behind the dashboards, as facts, for tenants whose flag is off: pages of the source in
 * creation order, then a subscription to the change log. The browser computes with the same engine.
 */
import { v } from "convex/values";
import type { Doc } from "./_generated/dataModel";
import { foldState, newestLogged, parseCommit } from "./changeLog/reader";
import { catalogue } from "./cubes";
import { fail } from "./errors";
import { sourceFrom } from "./expiry/sourceFrom";
import { mustCube } from "./fold/cubes";
import { tenantQuery } from "./functions";
import { vFact } from "./rollups/tables";
import { readPage, type SourceFact } from "./sources/scan";

type StoredFact = NonNullable<Doc<"changeLog">["changes"][number]["after"]>;

/** Records in one page: about 1 MB … */
const PAGE_RECORDS = 4000;
/** … read so many at a time, until the page has this many bytes: records may be large. */
const PAGE_STEP = 500;
const PAGE_BYTES_MAX = 4 * 1024 * 1024;
/** Log rows in one answer of `changes`: at most about 1.6 MB. */
const CHANGES_ROWS_MAX = 16;
/** What a list may hold on Convex. */
const CHANGES_MAX = 8192;

/** Records are whole from this instant on, epoch ms; null where none have expired. */
const vSourceFrom = v.union(v.number(), v.null());

/** The newest commit of the tenant's log now, as text; "0" for an empty log. */
export const head = tenantQuery({
  args: {},
  returns: v.object({ asOf: v.string() }),
  handler: async (ctx) => ({
    asOf: ((await newestLogged(ctx, ctx.member.tenantId)) ?? 0n).toString(),
  }),
});

/** One page of a cube's facts in creation order. `asOf` is the newest commit that it reflects. */
export const page = tenantQuery({
  args: { cube: v.string(), cursor: v.union(v.string(), v.null()) },
  returns: v.object({
    facts: v.array(v.object({ id: v.string(), fact: vFact })),
    cursor: v.union(v.string(), v.null()),
    isDone: v.boolean(),
    asOf: v.string(),
    sourceFrom: vSourceFrom,
  }),
  handler: async (ctx, { cube, cursor }) => {
    const { tenantId } = ctx.member;
    const definition = knownCube(cube);
    const facts: SourceFact[] = [];
    let place = decodeCursor(cursor);
    let isDone = false;
    while (!isDone && facts.length < PAGE_RECORDS) {
      const read = await readPage(ctx, definition, tenantId, place, PAGE_STEP);
      facts.push(...read.facts);
      place = read.facts.at(-1) ?? place;
      isDone = read.last;
      const { bytesRead } = await ctx.meta.getTransactionMetrics();
      if (bytesRead.used > PAGE_BYTES_MAX) break;
    }
    return {
      // A record that is no fact counts nowhere.
      facts: facts.flatMap(({ id, fact }) =>
        fact === null ? [] : [{ id, fact: fact as StoredFact }],
      ),
      cursor: place === null ? null : `${place.createdAt}/${place.id}`,
      isDone,
      asOf: ((await newestLogged(ctx, tenantId)) ?? 0n).toString(),
      sourceFrom: await sourceFrom(ctx, tenantId, cube),
    };
  },
});

/** A cube's changes after a commit, in commit order. `more` says that the answer stopped early. */
export const changes = tenantQuery({
  args: { cube: v.string(), after: v.string() },
  returns: v.object({
    changes: v.array(
      v.object({ commitTs: v.string(), id: v.string(), after: v.union(vFact, v.null()) }),
    ),
    asOf: v.string(),
    more: v.boolean(),
    sourceFrom: vSourceFrom,
  }),
  handler: async (ctx, { cube, after }) => {
    const { name } = knownCube(cube);
    const since = decodeCommit(after);
    const trimmedTo = (await foldState(ctx, ctx.member.tenantId))?.trimmedTo ?? 0n;
    if (since < trimmedTo) {
      fail("LogTrimmed", "Changes that old are gone; read the records again.", { after });
    }
    const wholeFrom = await sourceFrom(ctx, ctx.member.tenantId, name);
    const answer = answerFrom(wholeFrom);
    const found: FoundChange[] = [];
    /** How much of `found` belongs to whole commits, and up to which one. */
    let whole = { changes: 0, asOf: since };
    let asOf = since;
    let rows = 0;
    const log = ctx.db
      .query("changeLog")
      .withIndex("by_tenant_and_commitTs", (q) =>
        q.eq("tenantId", ctx.member.tenantId).gt("commitTs", since),
      );
    for await (const row of log) {
      const commitTs = row.commitTs as bigint;
      // Stop between commits only: one commit is seen whole or not at all.
      if (commitTs !== asOf) {
        whole = { changes: found.length, asOf };
        if (rows >= CHANGES_ROWS_MAX) return answer(found, whole, true);
      }
      rows++;
      asOf = commitTs;
      for (const change of row.changes) {
        if (change.cube !== name) continue;
        found.push({ commitTs: commitTs.toString(), id: change.docId, after: change.after });
      }
      if (found.length > CHANGES_MAX) {
        if (whole.asOf === since) {
          fail(
            "TooManyRows",
            "One commit changed more than an answer holds; read the records again.",
          );
        }
        return answer(found, whole, true);
      }
    }
    // A page may be as of a commit that the log has nothing of: where it is empty, the position tells.
    const newest = rows > 0 ? null : await newestLogged(ctx, ctx.member.tenantId);
    if (newest !== null && newest > asOf) asOf = newest;
    return answer(found, { changes: found.length, asOf }, false);
  },
});

interface FoundChange {
  commitTs: string;
  id: string;
  after: StoredFact | null;
}

/** The changes of whole commits only. */
function answerFrom(sourceFrom: number | null) {
  return (found: FoundChange[], whole: { changes: number; asOf: bigint }, more: boolean) => ({
    changes: found.slice(0, whole.changes),
    asOf: whole.asOf.toString(),
    more,
    sourceFrom,
  });
}

function knownCube(name: string) {
  if (!Object.hasOwn(catalogue, name)) {
    fail("UnknownCube", `There is no cube "${name}".`, { cubes: Object.keys(catalogue) });
  }
  return mustCube(name);
}

function decodeCursor(cursor: string | null) {
  if (cursor === null) return null;
  const [, createdAt, id] = /^(\d{1,16}(?:\.\d{1,16})?)\/([\w;]{1,64})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined) {
    return fail("InvalidCursor", "That is not a cursor of this query.");
  }
  return { createdAt: Number(createdAt), id };
}

function decodeCommit(text: string): bigint {
  return parseCommit(text) ?? fail("InvalidCursor", "That is not a commit timestamp.");
}
