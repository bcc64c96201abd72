/**
 * The change log, for those who follow it: a browser that computes by itself, a ticker, a limit on how
 * fast a tenant is written, a writer who is told what commit holds its record. Nothing here checks the
 * caller: that is up to the app's function.
 */
import type { GenericDataModel, GenericMutationCtx, GenericQueryCtx } from "convex/server";
import type { ComponentApi } from "../../convex/components/rollups/_generated/component.js";
import { fail } from "../../convex/components/rollups/errors/errors.js";
import type { Fact } from "../../lib/model/cube.js";
import type { AppCatalogue } from "./cubes/catalogue.js";
import { readPage, type AnyReader } from "./source/reader.js";

type Asking = Pick<GenericQueryCtx<GenericDataModel>, "runQuery">;
type Reading = Pick<GenericQueryCtx<GenericDataModel>, "runQuery" | "meta"> & { db: unknown };
type Writing = Pick<GenericMutationCtx<GenericDataModel>, "runQuery">;

/** Records in one page: about 1 MB … */
const PAGE_RECORDS = 4000;
/** … read so many at a time, until the page has this many bytes: records may be large. */
const PAGE_STEP = 500;
const PAGE_BYTES_MAX = 4 * 1024 * 1024;

const stale = { useStaleSnapshot: true } as const;

export class RollupsLog {
  constructor(
    private readonly component: ComponentApi,
    private readonly catalogue: AppCatalogue,
  ) {}

  /** The newest commit of a tenant's log now, as text; "0" for an empty log. */
  async head(ctx: Asking, tenantId: string): Promise<{ asOf: string }> {
    const { asOf } = await ctx.runQuery(this.component.feed.head, { tenantId });
    return { asOf };
  }

  /**
   * One page of a cube's records as facts, in the order of creation. `asOf` is the newest commit that it
   * reflects, and `sourceFrom` the time from which on records are whole. Throws `UnknownCube` and
   * `InvalidCursor`.
   */
  async records(
    ctx: Reading,
    tenantId: string,
    { cube: name, cursor }: { cube: string; cursor: string | null },
  ) {
    const cube = this.mustCube(name);
    const db = ctx.db as AnyReader;
    const facts: { id: string; createdAt: number; fact: Fact | null }[] = [];
    let place = decodeCursor(cursor);
    let isDone = false;
    while (!isDone && facts.length < PAGE_RECORDS) {
      const read = await readPage({ db }, cube, tenantId, { cursor: place, size: PAGE_STEP });
      facts.push(...read.facts);
      const last = read.facts.at(-1);
      if (last !== undefined) place = { createdAt: last.createdAt, id: last.id };
      isDone = read.last;
      const { bytesRead } = await ctx.meta.getTransactionMetrics();
      if (bytesRead.used > PAGE_BYTES_MAX) break;
    }
    const head = await ctx.runQuery(this.component.feed.head, { tenantId, cube: name });
    return {
      // A record that is no fact counts nowhere.
      facts: facts.flatMap(({ id, fact }) =>
        fact === null ? [] : [{ id, fact: fact as StoredFact }],
      ),
      cursor: place === null ? null : `${place.createdAt}/${place.id}`,
      isDone,
      ...head,
    };
  }

  /**
   * A cube's changes after a commit, in commit order. `more` says that the answer stopped early. Throws
   * `UnknownCube`, `InvalidCursor`, and `LogTrimmed` where changes that old are gone.
   */
  async changes(ctx: Asking, tenantId: string, asked: { cube: string; after: string }) {
    this.mustCube(asked.cube);
    return await ctx.runQuery(this.component.feed.changes, { tenantId, ...asked });
  }

  /** The newest rows of the log, newest first, with the first change of each; at most 20. */
  async recent(ctx: Asking, tenantId: string, limit: number) {
    return await ctx.runQuery(this.component.feed.recent, { tenantId, limit });
  }

  /**
   * When the tenant's changes since `since` (epoch ms) exceed `most`, going back from now: the time of the
   * commit that does it, or null. Read in a stale snapshot: it never makes a writer conflict.
   */
  async reachedAt(ctx: Writing, tenantId: string, since: number, most: number) {
    const asked = { tenantId, since, most };
    return await ctx.runQuery(this.component.feed.reachedAt, asked, stale);
  }

  /** The tenant's newest commit before this mutation, read in a stale snapshot. */
  async newestCommit(ctx: Writing, tenantId: string): Promise<bigint> {
    return await ctx.runQuery(this.component.feed.newest, { tenantId }, stale);
  }

  /** The commit that inserted a record, or a later one that includes it. */
  async commitOf(
    ctx: Asking,
    tenantId: string,
    { id, createdAt }: { id: string; createdAt: number },
  ): Promise<bigint> {
    return await ctx.runQuery(this.component.feed.commitOf, { tenantId, id, createdAt });
  }

  private mustCube(name: string) {
    const { cubes } = this.catalogue;
    const known = [...cubes.keys()];
    return cubes.get(name) ?? fail("UnknownCube", `There is no cube "${name}".`, { cubes: known });
  }
}

type StoredFact = Record<string, string | number | null | string[]>;

function decodeCursor(cursor: string | null) {
  if (cursor === null) return null;
  const [, createdAt, id] = /^(\d{1,16}(?:\.\d{1,16})?)\/([\w;]{1,64})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined) {
    return fail("InvalidCursor", "That is not a cursor of this query.");
  }
  return { createdAt: Number(createdAt), id };
}
