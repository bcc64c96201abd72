import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

/** Orgs are an identity provider's: their ids are texts such as "org_2abcDEF". */
export default defineSchema({
  visits: defineTable({ organization: v.string(), page: v.string(), seconds: v.number() }).index(
    "by_organization",
    ["organization"],
  ),
});
