/**
 * What the app says, asked of the app itself: for upkeep, which nobody calls. It is asked in the
 * snapshot of the execution, by the handle that the last captured write or `start` left.
 */
import type { QueryCtx as RawQueryCtx } from "../_generated/server.js";
import { RollupsError } from "../../../../lib/errors.js";
import type { ToldApp } from "../schema/toldApp.js";
import { appOf, type App, type Source } from "./app.js";

type Asking = Pick<RawQueryCtx, "db" | "runQuery">;

/** Null where no app has said yet how it is asked, or where what it said leads nowhere any more. */
export async function storedApp(ctx: Asking, tenantId: string | null): Promise<App | null> {
  const told = await toldApp(ctx, tenantId);
  return told && appOf(told);
}

/** The same, as it travels. */
export async function toldApp(ctx: Asking, tenantId: string | null): Promise<ToldApp | null> {
  const config = await ctx.db.query("config").first();
  if (config === null) return null;
  const source = config.source as Source;
  try {
    const told = (await ctx.runQuery(source, { ask: { op: "catalogue", tenantId } })) as Omit<
      ToldApp,
      "source"
    >;
    return { ...told, source: config.source };
  } catch (error) {
    console.warn(`The app cannot be asked through ${config.source}: ${String(error)}`);
    return null;
  }
}

/** The same; throws `SourceUnreachable`. */
export async function mustStoredApp(ctx: Asking, tenantId: string | null): Promise<App> {
  const app = await storedApp(ctx, tenantId);
  if (app !== null) return app;
  throw new RollupsError(
    "SourceUnreachable",
    "The app cannot be asked: run `rollups:start` after a deploy that moved its module.",
  );
}
