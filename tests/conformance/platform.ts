/**
 * What the conformance cases are written against: an app that is running somewhere, callable as
 * nobody, as a user and as an administrator. The same cases run on convex-test and on the local
 * backend; where the two differ, a case says so and pins both.
 */
import type { FunctionArgs, FunctionReference, FunctionReturnType } from "convex/server";

type Reference<Kind extends "query" | "mutation" | "action"> = FunctionReference<
  Kind,
  "public" | "internal"
>;

/** Calls functions by reference, as one kind of caller. */
export interface Calls {
  query<F extends Reference<"query">>(
    reference: F,
    args: FunctionArgs<F>,
  ): Promise<FunctionReturnType<F>>;
  mutation<F extends Reference<"mutation">>(
    reference: F,
    args: FunctionArgs<F>,
  ): Promise<FunctionReturnType<F>>;
  action<F extends Reference<"action">>(
    reference: F,
    args: FunctionArgs<F>,
  ): Promise<FunctionReturnType<F>>;
}

export type PlatformName = "convex-test" | "local backend";

export interface Platform {
  readonly name: PlatformName;
  readonly nobody: Calls;
  /** Ann: subject "ann", name "Ann". */
  readonly user: Calls;
  /** May call internal functions. */
  readonly admin: Calls;
  /** A request to the app's HTTP actions. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export interface Case {
  readonly title: string;
  run(platform: Platform): Promise<void>;
}

/** A case that both platforms pass alike. */
export function same(title: string, run: (platform: Platform) => Promise<void>): Case {
  return { title, run };
}

/**
 * A case in which one platform departs from Convex. `right` behaves as Convex does and `holds` says
 * how; `pinned` is exactly what the other does instead, so that a fix there is noticed.
 */
export function differs(
  title: string,
  parts: {
    right: PlatformName;
    holds: (platform: Platform) => Promise<void>;
    pinned: (platform: Platform) => Promise<void>;
  },
): Case {
  return {
    title: `DIFFERS: ${title}; Convex agrees with ${
      parts.right === "convex-test" ? "convex-test" : "the local backend"
    }`,
    run: (platform) =>
      platform.name === parts.right ? parts.holds(platform) : parts.pinned(platform),
  };
}
