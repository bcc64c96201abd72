/** What the screen of records asks and does. */
import {
  makeFunctionReference,
  type PaginationOptions,
  type PaginationResult,
} from "convex/server";
import type { CubeName } from "../model/views.js";

export type Value = string | number | string[];
export type Row = Record<string, Value>;

export interface Stored {
  id: string;
  row: Row;
}

/** What one page found, and how many records were read for it. */
export interface Found {
  records: Stored[];
  read: number;
}

/** A record matches where one of its values is among these or, with `notEquals`, where none is. */
export interface Condition {
  member: string;
  operator: string;
  values: string[];
}

export type PageArgs = {
  tenantId: string;
  cube: CubeName;
  /** Epoch ms, included; null for no bound. */
  from: number | null;
  /** Epoch ms, excluded; null for no bound. */
  to: number | null;
  filters: Condition[];
  order: "asc" | "desc";
};

export const page = makeFunctionReference<
  "query",
  PageArgs & { paginationOpts: PaginationOptions },
  PaginationResult<Found>
>("records:page");

type OfRecord = { tenantId: string; id: string };
type Written = { id: string; commitTs: unknown };

const mutationsOf = (cube: CubeName) => ({
  record: makeFunctionReference<"mutation", { tenantId: string; row: Row }, Written>(
    `${cube}:record`,
  ),
  /** `before` has what the patched fields were. */
  update: makeFunctionReference<"mutation", OfRecord & { patch: Row }, Written & { before: Row }>(
    `${cube}:update`,
  ),
  /** `row` has what was removed. */
  remove: makeFunctionReference<"mutation", OfRecord, Written & { row: Row }>(`${cube}:remove`),
});

export const mutations = { watch: mutationsOf("watch"), inventory: mutationsOf("inventory") };
