/** The app's side of the one query that the component may ask: what its tables hold, read as facts. */
import type { GenericDataModel, GenericQueryCtx } from "convex/server";
import { RollupsError } from "../../../lib/errors.js";
import { jsonDetails } from "../../../convex/components/rollups/errors/errors.js";
import type { Answered, Answers, Ask } from "../../../convex/components/rollups/app/protocol.js";
import { THE_TENANT, type AppCatalogue, type SourceCube } from "../cubes/catalogue.js";
import {
  countStrays,
  hasFractions,
  readOldest,
  readPage,
  readPiece,
  readTimeRange,
  sourceSpan,
} from "./reader.js";

type Reading = Pick<GenericQueryCtx<GenericDataModel>, "db" | "meta">;
type AskOfCube = Exclude<Ask, { op: "catalogue" | "tenants" }>;

/** Answers about a cube's records. Refusals of the engine are values. */
export async function answerAsk(
  ctx: Reading,
  catalogue: AppCatalogue,
  asked: AskOfCube,
): Promise<Answered<AskOfCube["op"]>> {
  const cube = catalogue.cubes.get(asked.cube);
  if (cube === undefined) throw new Error(`The app has no cube "${asked.cube}".`);
  try {
    return { value: await read(ctx, cube, asked) };
  } catch (error) {
    if (!(error instanceof RollupsError)) throw error;
    const { code, message, details } = error;
    return { refusal: { code, message, details: jsonDetails(details) } };
  }
}

async function read(
  ctx: Reading,
  cube: SourceCube,
  asked: AskOfCube,
): Promise<Answers[keyof Answers]> {
  const { tenantId } = asked;
  switch (asked.op) {
    case "page":
      return await readPage(ctx, cube, tenantId, asked);
    case "span":
      return await sourceSpan(ctx, cube, tenantId);
    case "range":
      return await readTimeRange(ctx, cube, tenantId, asked);
    case "piece":
      return await readPiece(ctx, cube, tenantId, asked);
    case "fractions":
      return await hasFractions(ctx, cube, tenantId, asked.t);
    case "strays":
      return await countStrays(ctx, cube, tenantId, asked.most);
    case "hasBefore":
      return (await readOldest(ctx, cube, tenantId, asked.to, 1)).length > 0;
    default:
      return asked satisfies never;
  }
}

/**
 * At most `size` tenants after one, in order, of which some table holds records. A skip-scan: one
 * document per tenant and cube.
 */
export async function tenantsAfter(
  { db }: Pick<Reading, "db">,
  catalogue: AppCatalogue,
  after: string | null,
  size: number,
): Promise<string[]> {
  const found = new Set<string>();
  for (const cube of catalogue.cubes.values()) {
    const { tenant } = cube;
    if (tenant === null) {
      if (after === null && (await db.query(cube.definition.table).first()) !== null) {
        found.add(THE_TENANT);
      }
      continue;
    }
    let last = after ?? "";
    for (let i = 0; i < size; i++) {
      const doc = await db
        .query(cube.definition.table)
        .withIndex(cube.byTenant, (q) => q.gt(tenant, last))
        .first();
      const value = doc?.[tenant];
      if (typeof value !== "string") break;
      found.add(value);
      last = value;
    }
  }
  return [...found].sort().slice(0, size);
}
