/** What clients ask, and the functions of the app that answer it. */
import { makeFunctionReference, type DefaultFunctionArgs } from "convex/server";
import { canonicalJson } from "../../lib/hash/canonical.js";
import { resolvedQueries, type Backend, type CubeApi } from "../../src/cube/backend.js";
import type { KeyQuery } from "../sessions/access.js";

export type Queries = readonly [unknown, ...unknown[]];

export interface Asked {
  /** Without ranges in words. */
  queries: Queries;
  /** One text for questions that mean the same. */
  name: string;
}

export interface AppFunctions {
  cube: CubeApi;
  key: KeyQuery;
}

/** `module` exports `load`, `board`, `explain` and `meta`; `key` is the path of the function that tells view keys. */
export function functionsOf(module: string, key: string): AppFunctions {
  const at = (name: string) =>
    makeFunctionReference<"query", DefaultFunctionArgs, never>(`${module}:${name}`);
  return {
    cube: { load: at("load"), board: at("board"), explain: at("explain"), meta: at("meta") },
    key: makeFunctionReference<"query", Record<string, string>, string>(key),
  };
}

/** Throws `InvalidDateRange`, and what `meta` of the backend throws. `now` in epoch ms. */
export async function askedOf(
  backend: Pick<Backend, "meta">,
  queries: Queries,
  now: number,
): Promise<Asked> {
  const resolved = await resolvedQueries(backend, queries, now);
  return { queries: resolved, name: canonicalJson(resolved) };
}
