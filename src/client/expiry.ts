/** Deleting records that are past their time: the component says which, and the app's mutation does it. */
import type { GenericDataModel, GenericMutationCtx } from "convex/server";
import type { GenericId } from "convex/values";
import type { SourceCube } from "./cubes/catalogue.js";
import { readOldest } from "./source/reader.js";

/** Records deleted by one step: a tail of so many changes still fits beside everybody's own. */
const STEP_RECORDS = 500;
/** Records read at once, before the next look at the budget: 12 KB each at worst. */
const READ_RECORDS = 25;
/** A step goes on while it has used less than this share of every limit: what it deletes, it logs. */
const STEP_SHARE = 0.2;

type Ctx = Pick<GenericMutationCtx<GenericDataModel>, "db" | "meta">;

/** Deletes a few of the oldest records before `to`; whether there may be more. */
export async function deleteOldest(
  ctx: Ctx,
  cube: SourceCube,
  tenantId: string,
  to: number,
): Promise<boolean> {
  let deleted = 0;
  do {
    const ids = await readOldest(ctx, cube, tenantId, to, READ_RECORDS);
    const { table } = cube.definition;
    await Promise.all(ids.map((id) => ctx.db.delete(table, id as GenericId<string>)));
    deleted += ids.length;
    if (ids.length < READ_RECORDS) return false;
  } while (deleted < STEP_RECORDS && (await hasRoom(ctx)));
  return true;
}

async function hasRoom({ meta }: Ctx): Promise<boolean> {
  const metrics = await meta.getTransactionMetrics();
  const { bytesWritten, documentsWritten, bytesRead, documentsRead, databaseQueries } = metrics;
  return [bytesWritten, documentsWritten, bytesRead, documentsRead, databaseQueries].every(
    ({ used, remaining }) => used <= (used + remaining) * STEP_SHARE,
  );
}
