/** The questions of a store, each with what is known of it. */
import type { Outcome } from "../answer.js";
import type { Request } from "../query.js";
import type { Changes, Following } from "./following.js";
import type { HeldBlocks, Part } from "./HeldBlocks.js";
import type { HeldSource } from "./HeldSource.js";
import type { Reason } from "./explained.js";
import type { Routes } from "./routes.js";

export type Question = Pick<Request, "key" | "query" | "wire">;

export interface Entry extends Question {
  listeners: Set<() => void>;
  /** Null where the server answers. */
  outcome: Outcome | null;
  /** The commit as of which the outcome's rows are right; null without rows. */
  asOf: bigint | null;
  /** Why the server answers. */
  reason: Reason | null;
  /** Null before there is a plan, and where there is none. */
  routes: Routes | null;
  isPlanned: boolean;
  /** What the outcome was computed from. */
  seen: string;
  idleSince: number;
  /** Keeps the answer up; null until it has to be computed again. */
  following: Following | null;
}

/** How a question stands, for tests and people. */
export interface Standing {
  /** Why the server answers; null where it does not. */
  reason: Reason | null;
  servedBy: string | null;
  /** Commit as of which the rows are right. */
  asOf: string | null;
  /** Whether that is the commit of all else that is held: rows of an older one wait for tiles. */
  isCurrent: boolean;
}

/** What a store holds, by which it plans and evaluates. */
export interface World {
  source: HeldSource;
  blocks: HeldBlocks;
  /** Of this look. */
  changes: Changes;
  /** Epoch ms. */
  now: number;
}

export const pending: Outcome = { kind: "pending", progress: null };

export function newEntry({ key, query, wire }: Question, idleSince: number): Entry {
  return {
    ...{ key, query, wire, idleSince, listeners: new Set() },
    ...{ outcome: null, asOf: null, reason: null, routes: null, isPlanned: false, seen: "" },
    following: null,
  };
}

export function refuse(entry: Entry, reason: Reason | null): void {
  entry.reason = reason;
  entry.outcome = null;
  entry.asOf = null;
}

/** What was shown stays until there is better. */
export function forgetPlan(entry: Entry): void {
  entry.isPlanned = false;
  entry.routes = null;
  entry.seen = "";
  entry.following = null;
}

export function partsOf(routes: Routes | null): Part[] {
  return (routes?.routes ?? []).flatMap(({ needs }) => needs.flatMap(({ parts }) => parts));
}
