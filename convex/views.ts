/** Views of the dashboard that a tenant's people have named: what its address says, without the tenant. */
import { v } from "convex/values";
import type { QueryCtx } from "./_generated/server.js";
import { fail } from "../src/client/index.js";
import { tenantMutation, tenantQuery } from "./functions.js";

/** Of one tenant: in a longer list people find nothing. */
export const VIEWS_MAX = 100;
export const NAME_MAX = 60;
export const SEARCH_MAX = 4000;

/** All of them, by name. */
export const list = tenantQuery({
  args: {},
  returns: v.array(v.object({ name: v.string(), search: v.string() })),
  handler: async (ctx) => {
    const views = await viewsOf(ctx, ctx.member.tenantId);
    return views.map(({ name, search }) => ({ name, search }));
  },
});

/**
 * Keeps a view by its name, without blanks around it; one of that name is replaced. `search` begins with "?", and a
 * tenant that it names is left out. Throws `InvalidRow` with the field.
 */
export const save = tenantMutation({
  args: { name: v.string(), search: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    const { tenantId } = ctx.member;
    const name = args.name.trim();
    if (name === "" || name.length > NAME_MAX)
      fail("InvalidRow", `A name has 1 to ${NAME_MAX} characters.`, { field: "name" });
    if (!args.search.startsWith("?") || args.search.length > SEARCH_MAX)
      fail("InvalidRow", `An address has a "?" and at most ${SEARCH_MAX} characters.`, {
        field: "search",
      });
    const search = withoutTenant(args.search);
    const views = await viewsOf(ctx, tenantId);
    const same = views.find((view) => view.name === name);
    if (same !== undefined) await ctx.db.patch("savedViews", same._id, { search });
    else if (views.length < VIEWS_MAX)
      await ctx.db.insert("savedViews", { tenantId, name, search });
    else fail("InvalidRow", `A tenant keeps at most ${VIEWS_MAX} views.`, { field: "name" });
    return null;
  },
});

/** Forgets the view of a name; where there is none nothing happens. */
export const remove = tenantMutation({
  args: { name: v.string() },
  returns: v.null(),
  handler: async (ctx, { name }) => {
    const views = await viewsOf(ctx, ctx.member.tenantId);
    const view = views.find((one) => one.name === name);
    if (view !== undefined) await ctx.db.delete("savedViews", view._id);
    return null;
  },
});

function viewsOf({ db }: Pick<QueryCtx, "db">, tenantId: string) {
  return db
    .query("savedViews")
    .withIndex("by_tenant_and_name", (q) => q.eq("tenantId", tenantId))
    .take(VIEWS_MAX);
}

function withoutTenant(search: string): string {
  const parts = search.slice(1).split("&");
  return `?${parts.filter((part) => !part.startsWith("tenant=")).join("&")}`;
}
