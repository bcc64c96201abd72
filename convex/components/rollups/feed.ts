/**
 * The change log for those who follow it: a browser that computes by itself, a ticker, a limit on how
 * fast a tenant is written.
 */
import { getConvexSize, v, type Infer } from "convex/values";
import { countStored, fromStored } from "../../../lib/fold/changeColumns.js";
import { query } from "./functions.js";
import { fail } from "./errors/errors.js";
import { foldState, newestLogged, parseCommit } from "./log/reader.js";
import { vFact, vRowSummary } from "./schema/validators.js";
import { sourceFrom } from "./sources/sourceFrom.js";

/** Log rows in one answer of `changes`: at most about 1.6 MB. */
const CHANGES_ROWS_MAX = 16;
/** What a list may hold on Convex. */
const CHANGES_MAX = 8192;
/** Log rows that `recent` gives at most, and after how many bytes of them it stops. */
const RECENT_MAX = 20;
const RECENT_BYTES_MAX = 128 * 1024;
/** Looking back stops after so much log: more rows are single records, which are not limited … */
const LOOK_ROWS_MAX = 64;
/** … and more bytes are a flood of large records, which counts as too many. */
const LOOK_BYTES_MAX = 4 * 1024 * 1024;
/** A record's commit follows its creation by less than a transaction lasts … */
const LOOK_AHEAD_MS = 60_000;
/** … and may seem to precede it where two clocks differ. */
const LOOK_BEFORE_MS = 250;
/** Looking for an insert stops after so many log rows, and so many bytes, of a tenant that is being flooded. */
const FIND_ROWS_MAX = 256;
const FIND_BYTES_MAX = 2 * 1024 * 1024;

/** Records are whole from this instant on, epoch ms; null where none have expired. */
const vSourceFrom = v.union(v.number(), v.null());

/** The newest commit of the tenant's log, and from when on a cube's records are whole. */
export const head = query({
  args: { tenantId: v.string(), cube: v.optional(v.string()) },
  returns: v.object({ asOf: v.string(), sourceFrom: vSourceFrom }),
  handler: async (ctx, { tenantId, cube }) => ({
    asOf: ((await newestLogged(ctx, tenantId)) ?? 0n).toString(),
    sourceFrom: cube === undefined ? null : await sourceFrom(ctx, tenantId, cube),
  }),
});

type StoredFact = Record<string, string | number | null | string[]>;
type RowSummary = Infer<typeof vRowSummary>;

interface FoundChange {
  commitTs: string;
  id: string;
  after: StoredFact | null;
}

/**
 * A cube's changes after a commit, in commit order; `more` says that the answer stopped early. Throws
 * `InvalidCursor`, and `LogTrimmed` where changes that old are gone.
 */
export const changes = query({
  args: { tenantId: v.string(), cube: v.string(), after: v.string() },
  returns: v.object({
    changes: v.array(
      v.object({ commitTs: v.string(), id: v.string(), after: v.union(vFact, v.null()) }),
    ),
    asOf: v.string(),
    more: v.boolean(),
    sourceFrom: vSourceFrom,
  }),
  handler: async (ctx, { tenantId, cube, after }) => {
    const since = parseCommit(after) ?? fail("InvalidCursor", "That is not a commit timestamp.");
    const trimmedTo = (await foldState(ctx, tenantId))?.trimmedTo ?? 0n;
    if (since < trimmedTo) {
      fail("LogTrimmed", "Changes that old are gone; read the records again.", { after });
    }
    const answer = answerFrom(await sourceFrom(ctx, tenantId, cube));
    const found: FoundChange[] = [];
    /** How much of `found` belongs to whole commits, and up to which one. */
    let whole = { changes: 0, asOf: since };
    let asOf = since;
    let rows = 0;
    const log = ctx.db
      .query("changeLog")
      .withIndex("by_tenant_and_commitTs", (q) => q.eq("tenantId", tenantId).gt("commitTs", since));
    for await (const row of log) {
      const commitTs = row.commitTs as bigint;
      // Stop between commits only: one commit is seen whole or not at all.
      if (commitTs !== asOf) {
        whole = { changes: found.length, asOf };
        if (rows >= CHANGES_ROWS_MAX) return answer(found, whole, true);
      }
      rows++;
      asOf = commitTs;
      for (const change of fromStored(row.changes)) {
        if (change.cube !== cube) continue;
        found.push({
          commitTs: commitTs.toString(),
          id: change.docId,
          after: change.after as StoredFact | null,
        });
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
    const newest = rows > 0 ? null : await newestLogged(ctx, tenantId);
    if (newest !== null && newest > asOf) asOf = newest;
    return answer(found, { changes: found.length, asOf }, false);
  },
});

/** The changes of whole commits only. */
function answerFrom(sourceFrom: number | null) {
  return (found: FoundChange[], whole: { changes: number; asOf: bigint }, more: boolean) => ({
    changes: found.slice(0, whole.changes),
    asOf: whole.asOf.toString(),
    more,
    sourceFrom,
  });
}

/**
 * The newest log rows, newest first, with the first change of each. Rows of a large commit are told by its last
 * one; fewer are given where they are large all the same.
 */
export const recent = query({
  args: { tenantId: v.string(), limit: v.number() },
  returns: v.array(vRowSummary.extend({ commitTs: v.string() })),
  handler: async (ctx, { tenantId, limit }) => {
    const most = Math.min(RECENT_MAX, limit);
    const found: ({ commitTs: string } & RowSummary)[] = [];
    let bytes = 0;
    /** Rows of this commit are known already. */
    let told: bigint | null = null;
    for (let isMore = true; isMore;) {
      isMore = false;
      const log = ctx.db.query("changeLog").withIndex("by_tenant_and_commitTs", (q) => {
        const all = q.eq("tenantId", tenantId);
        return told === null ? all : all.lt("commitTs", told);
      });
      for await (const { commitTs, changes: stored, others = [] } of log.order("desc")) {
        const text = (commitTs as bigint).toString();
        const changes = fromStored(stored);
        const [first] = changes;
        if (first !== undefined) {
          const { cube, op, before, after } = first;
          found.push({
            commitTs: text,
            cube,
            op,
            count: changes.length,
            fact: (after ?? before) as StoredFact,
          });
        }
        found.push(...others.map((other) => ({ commitTs: text, ...other })));
        bytes += getConvexSize(stored);
        if (found.length >= most || bytes > RECENT_BYTES_MAX) return found.slice(0, most);
        if (others.length === 0) continue;
        told = commitTs as bigint;
        isMore = true;
        break;
      }
    }
    return found;
  },
});

/**
 * Going back from now, when the tenant's changes since `since` (epoch ms) exceed `most`: the time of
 * the commit that does it, or null. Once that commit has left the window, there is room again.
 */
export const reachedAt = query({
  args: { tenantId: v.string(), since: v.number(), most: v.number() },
  returns: v.union(v.number(), v.null()),
  handler: async (ctx, { tenantId, since, most }) => {
    const log = ctx.db
      .query("changeLog")
      .withIndex("by_tenant_and_commitTs", (q) =>
        q.eq("tenantId", tenantId).gte("commitTs", BigInt(since) * 1_000_000n),
      )
      .order("desc");
    let rows = 0;
    let bytes = 0;
    let changes = 0;
    for await (const row of log) {
      changes += countStored(row.changes);
      bytes += getConvexSize(row.changes);
      if (changes > most || bytes > LOOK_BYTES_MAX) {
        return Number((row.commitTs as bigint) / 1_000_000n) + 1;
      }
      if (++rows >= LOOK_ROWS_MAX) return null;
    }
    return null;
  },
});

/**
 * The commit of the tenant's newest change, or 0. Answers come to it once it is folded, and live ones at once; a
 * folded answer need not come to the later commit by which a build looked at the source.
 */
export const newest = query({
  args: { tenantId: v.string() },
  returns: v.int64(),
  handler: async (ctx, { tenantId }) => (await newestLogged(ctx, tenantId)) ?? 0n,
});

/**
 * The commit that inserted a record, or that of the tenant's newest change where the log does not tell: a later
 * one, which includes the record as well.
 */
export const commitOf = query({
  args: { tenantId: v.string(), id: v.string(), createdAt: v.number() },
  returns: v.int64(),
  handler: async (ctx, { tenantId, id, createdAt }) => {
    const at = (ms: number) => BigInt(Math.floor(ms)) * 1_000_000n;
    const log = ctx.db.query("changeLog").withIndex("by_tenant_and_commitTs", (q) =>
      q
        .eq("tenantId", tenantId)
        .gte("commitTs", at(createdAt - LOOK_BEFORE_MS))
        .lt("commitTs", at(createdAt + LOOK_AHEAD_MS)),
    );
    let rows = 0;
    let bytes = 0;
    for await (const { commitTs, changes } of log) {
      if (fromStored(changes).some(({ docId, op }) => docId === id && op === "insert")) {
        return commitTs as bigint;
      }
      bytes += getConvexSize(changes);
      if (++rows >= FIND_ROWS_MAX || bytes > FIND_BYTES_MAX) break;
    }
    return (await newestLogged(ctx, tenantId)) ?? 0n;
  },
});
