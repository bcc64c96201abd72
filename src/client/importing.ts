/** The mutation of the app that stores rows of files, as `npx convex-rollups import` sends them. */
import {
  internalMutationGeneric,
  makeFunctionReference,
  type GenericDataModel,
  type GenericMutationCtx,
  type RegisteredMutation,
} from "convex/server";
import { ConvexError, v, type ObjectType } from "convex/values";
import type { ComponentApi } from "../../convex/components/rollups/_generated/component.js";
import { fail } from "../../convex/components/rollups/errors/errors.js";
import { codedMutation } from "../../convex/components/rollups/errors/platformLimits.js";
import { takeArgs } from "../../convex/components/rollups/schema/imports.js";

const importArgs = {
  table: v.string(),
  rows: v.array(v.any()),
  /** The app's own mutation that takes `{ rows }`, as "module:function", in place of an insert. */
  to: v.optional(v.string()),
  ...takeArgs,
};

/** What was known of the file before, and how many of the rows this call has stored. */
export interface Imported {
  position: number;
  refused: { at: number; code: string; message: string }[];
  stored: number;
}

type Ctx = GenericMutationCtx<GenericDataModel>;

/** Internal, so only who has the deployment's admin key may call it. A batch is stored whole or refused whole. */
export function importing(
  { imports }: Pick<ComponentApi, "imports">,
  capturing: (ctx: Ctx) => { db: Ctx["db"]; flush: () => Promise<void> },
): RegisteredMutation<"internal", ObjectType<typeof importArgs>, Promise<Imported>> {
  return internalMutationGeneric({
    args: importArgs,
    returns: v.any(),
    handler: async (ctx: Ctx, { table, rows, to, ...asked }): Promise<Imported> =>
      await explained(async () => {
        const { fresh, ...known } = await ctx.runMutation(imports.take, asked);
        const taken = rows.filter((_, i) => fresh[i]);
        if (taken.length > 0 && to !== undefined) {
          await ctx.runMutation(makeFunctionReference<"mutation">(to), { rows: taken });
        } else if (taken.length > 0) {
          const { db, flush } = capturing(ctx);
          await Promise.all(taken.map((row) => db.insert(table, row as never)));
          await flush();
        }
        return { ...known, stored: taken.length };
      }),
  });
}

/** In production errors without a code lose their text, such as what the schema says against a row. */
async function explained<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await codedMutation(body);
  } catch (error) {
    if (error instanceof ConvexError || !(error instanceof Error)) throw error;
    return fail("InvalidRow", error.message);
  }
}
