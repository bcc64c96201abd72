/**
 * The records behind the dashboards, as facts, for tenants whose flag is off: pages of the source in
 * creation order, then a subscription to the change log. The browser computes with the same engine.
 */
import { v } from "convex/values";
import type { Doc } from "./_generated/dataModel";
import { newestCommit } from "./changeLog/reader";
import { catalogue } from "./cubes";
import { fail } from "./errors";
import { mustCube } from "./fold/cubes";
import { tenantQuery } from "./functions";
import { vFact } from "./rollups/tables";
import { readPage } from "./sources/scan";

type StoredFact = NonNullable<Doc<"changeLog">["changes"][number]["after"]>;

/** Records in one page: about 1 MB. */
const PAGE_RECORDS = 4000;
/** Log rows in one answer of `changes`: at most about 1.6 MB. */
const CHANGES_ROWS_MAX = 16;

/** The newest commit of the tenant's log now, as text; "0" for an empty log. */
export const head = tenantQuery({
  args: {},
  returns: v.object({ asOf: v.string() }),
  handler: async (ctx) => ({
    asOf: ((await newestCommit(ctx, ctx.member.tenantId)) ?? 0n).toString(),
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
  }),
  handler: async (ctx, { cube, cursor }) => {
    const { tenantId } = ctx.member;
    const read = await readPage(ctx, knownCube(cube), tenantId, decodeCursor(cursor), PAGE_RECORDS);
    const end = read.facts.at(-1);
    return {
      facts: read.facts.map(({ id, fact }) => ({ id, fact: fact as StoredFact })),
      cursor: end === undefined ? cursor : `${end.createdAt}/${end.id}`,
      isDone: read.last,
      asOf: ((await newestCommit(ctx, tenantId)) ?? 0n).toString(),
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
  }),
  handler: async (ctx, { cube, after }) => {
    const { name } = knownCube(cube);
    const since = decodeCommit(after);
    const found: { commitTs: string; id: string; after: StoredFact | null }[] = [];
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
      if (rows >= CHANGES_ROWS_MAX && commitTs !== asOf) {
        return { changes: found, asOf: asOf.toString(), more: true };
      }
      rows++;
      asOf = commitTs;
      for (const change of row.changes) {
        if (change.cube !== name) continue;
        found.push({ commitTs: commitTs.toString(), id: change.docId, after: change.after });
      }
    }
    return { changes: found, asOf: asOf.toString(), more: false };
  },
});

function knownCube(name: string) {
  if (!Object.hasOwn(catalogue, name)) {
    fail("UnknownCube", `There is no cube "${name}".`, { cubes: Object.keys(catalogue) });
  }
  return mustCube(name);
}

function decodeCursor(cursor: string | null) {
  if (cursor === null) return null;
  const [createdAt, id] = cursor.split("/");
  if (id === undefined || !Number.isFinite(Number(createdAt))) {
    fail("InvalidCursor", "That is not a cursor of this query.");
  }
  return { createdAt: Number(createdAt), id };
}

function decodeCommit(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) fail("InvalidCursor", "That is not a commit timestamp.");
  const commitTs = BigInt(text);
  if (commitTs >= 2n ** 63n) fail("InvalidCursor", "That is not a commit timestamp.");
  return commitTs;
}
