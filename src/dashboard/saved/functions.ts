/** The views of a tenant that have a name. */
import { makeFunctionReference } from "convex/server";

export interface SavedView {
  name: string;
  /** What the address says, without the tenant. */
  search: string;
}

type OfName = { tenantId: string; name: string };

export const list = makeFunctionReference<"query", { tenantId: string }, SavedView[]>("views:list");
export const save = makeFunctionReference<"mutation", OfName & { search: string }>("views:save");
export const remove = makeFunctionReference<"mutation", OfName>("views:remove");
