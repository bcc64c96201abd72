/**
 * The records behind the dashboards, as facts, for tenants whose flag is off: pages of the source in
 * creation order, then a subscription to the change log. The browser computes with the same engine.
 */
import { v } from "convex/values";
import { tenantQuery } from "./functions.js";
import { rollups } from "./rollups.js";

const vFact = v.record(v.string(), v.union(v.string(), v.number(), v.null(), v.array(v.string())));

/** Records are whole from this instant on, epoch ms; null where none have expired. */
const vSourceFrom = v.union(v.number(), v.null());

/** The newest commit of the tenant's log now, as text; "0" for an empty log. */
export const head = tenantQuery({
  args: {},
  returns: v.object({ asOf: v.string() }),
  handler: (ctx) => rollups.log.head(ctx, ctx.member.tenantId),
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
  handler: (ctx, asked) => rollups.log.records(ctx, ctx.member.tenantId, asked),
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
  handler: (ctx, asked) => rollups.log.changes(ctx, ctx.member.tenantId, asked),
});
