/**
 * Handles of the functions that the component calls back. They lie in the module that exports `source`,
 * which the class cannot see: by default it is `convex/rollups.ts`.
 */
import { createFunctionHandle, makeFunctionReference } from "convex/server";
import { fail } from "../../convex/components/rollups/errors/errors.js";

const DEFAULT_MODULE = "rollups";

interface AnyMeta {
  meta: { getFunctionMetadata(): Promise<{ name: string }> };
}

export class Handles {
  /** `module`: where the app exports `source`, below `convex/`; null where it does not say. */
  constructor(private readonly module: string | null) {}

  /** Of `source`, for a captured write, which never fails for want of it: null where it is not found. */
  async sourceOrNull(): Promise<string | null> {
    return await handleOf<"query">(this.module ?? DEFAULT_MODULE, "source");
  }

  /** Of `source`; throws `MisplacedModule` where it is not found, and says what to write. */
  async source(ctx: AnyMeta): Promise<string> {
    const said = this.module ?? DEFAULT_MODULE;
    const own = await moduleOf(ctx);
    const places = this.module === null && own !== null ? [own, said] : [said];
    for (const place of places) {
      const handle = await handleOf<"query">(place, "source");
      if (handle !== null) return handle;
    }
    const isOwn = own !== null && own !== said && (await handleOf<"query">(own, "source")) !== null;
    const advice = isOwn ? `say module: "${own}"` : "say in `module` which module exports it";
    return fail(
      "MisplacedModule",
      `There is no function ${said}:source. In new Rollups(…), ${advice}.`,
      { module: said },
    );
  }

  /** Of the mutation that deletes old records, beside `source`; null where the app exports none. */
  async expire(ctx: AnyMeta): Promise<string | null> {
    const place = (await moduleOf(ctx)) ?? this.module ?? DEFAULT_MODULE;
    return await handleOf<"mutation">(place, "expire");
  }
}

/** The module of the function that runs, as references name it. */
export async function moduleOf({ meta }: AnyMeta): Promise<string | null> {
  const { name } = await meta.getFunctionMetadata();
  return /^(.+?)(?:\.js)?:\w+$/.exec(name)?.[1] ?? null;
}

async function handleOf<Type extends "query" | "mutation">(
  module: string,
  name: string,
): Promise<string | null> {
  try {
    return await createFunctionHandle(makeFunctionReference<Type>(`${module}:${name}`));
  } catch {
    return null;
  }
}
