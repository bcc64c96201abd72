/** What the type of an app's `rows` function says of its queries, rows and tenants. */
import type { FunctionArgs, FunctionReference, FunctionReturnType } from "convex/server";

/** An app's `rows`, such as `api.rollups.rows`, with arguments and rows that are typed by its cubes. */
export type RowsFunction = FunctionReference<"query", "public">;

export type QueryOfRows<Rows extends RowsFunction> = FunctionArgs<Rows>["query"];

export type RowOfRows<Rows extends RowsFunction> =
  FunctionReturnType<Rows> extends { data: readonly (infer Row)[] } ? Row : never;

type Tells<Args> = Exclude<keyof Args, "query" | "freshness" | "atLeast">;

/** The tenant, by the name that the app gives it; `{}` in an app without tenants. Spelt out, for messages that can be read. */
export type TenantOfRows<Rows extends RowsFunction> = [Tells<FunctionArgs<Rows>>] extends [never]
  ? Record<string, never>
  : { [Argument in Tells<FunctionArgs<Rows>>]: FunctionArgs<Rows>[Argument] & string };
