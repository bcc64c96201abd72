/** The records behind the figures, page by page. */
import { paginationOptsValidator, paginationResultValidator } from "convex/server";
import { v } from "convex/values";
import { tenantQuery } from "./functions.js";
import { recordsPage, vFound, vRecordFilter } from "./sources/page.js";

const vBound = v.union(v.number(), v.null());

/**
 * Records of a cube whose time is in [from, to), epoch ms, by time. A page has one entry: what was found, and how
 * many records were read for it. At most 250 are read for a page.
 */
export const page = tenantQuery({
  args: {
    cube: v.string(),
    from: vBound,
    to: vBound,
    filters: v.array(vRecordFilter),
    order: v.union(v.literal("asc"), v.literal("desc")),
    paginationOpts: paginationOptsValidator,
  },
  returns: paginationResultValidator(vFound),
  handler: (ctx, asked) => recordsPage(ctx, asked),
});
