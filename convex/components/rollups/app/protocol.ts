/**
 * What the component may ask of the app's one query, `source`, and what it gets. Refusals are values:
 * an error of another component loses its class.
 */
import { v, type Infer, type Value } from "convex/values";
import type { Fact } from "../../../../lib/model/cube.js";
import { vCursor } from "../schema/validators.js";

const ofCube = { cube: v.string(), tenantId: v.string() };
const vTime = v.union(v.number(), v.null());

/** Where a piece begins: at a time, or within a millisecond of whole times behind a record. */
export const vPieceStart = v.union(
  v.object({ from: v.number() }),
  v.object({ at: v.number(), after: v.object({ createdAt: v.number(), id: v.string() }) }),
);

export const vAsk = v.union(
  /** What the app says: its cubes, and the zones of a tenant. */
  v.object({ op: v.literal("catalogue"), tenantId: v.union(v.string(), v.null()) }),
  /** Tenants that its tables hold records of, in order, after one. */
  v.object({ op: v.literal("tenants"), after: v.union(v.string(), v.null()), size: v.number() }),
  v.object({ op: v.literal("page"), ...ofCube, cursor: vCursor, size: v.number() }),
  v.object({ op: v.literal("span"), ...ofCube }),
  v.object({
    op: v.literal("range"),
    ...ofCube,
    /** What becomes of a record that is no fact: it is refused, left out, or spoils the answer. */
    unreadable: v.union(v.literal("refuse"), v.literal("omit"), v.literal("spoil")),
    from: vTime,
    to: vTime,
    limit: v.number(),
  }),
  v.object({
    op: v.literal("piece"),
    ...ofCube,
    start: vPieceStart,
    to: v.number(),
    records: v.number(),
    bytes: v.number(),
  }),
  v.object({ op: v.literal("fractions"), ...ofCube, t: v.number() }),
  v.object({ op: v.literal("strays"), ...ofCube, most: v.number() }),
  v.object({ op: v.literal("hasBefore"), ...ofCube, to: v.number() }),
);

export type Ask = Infer<typeof vAsk>;
export type PieceStart = Infer<typeof vPieceStart>;
/** What a question says beside the cube and the tenant. */
export type AskOf<Op extends keyof Answers> = Omit<
  Extract<Ask, { op: Op }>,
  "op" | "cube" | "tenantId"
>;

/** A source document as a cube sees it. */
export interface SourceFact {
  id: string;
  createdAt: number;
  /** Null for a record that is no fact: it was written past the mutations' checks. */
  fact: Fact | null;
  /** Why it is none. */
  refusal?: { code: string; message: string };
}

/** A record of a piece; its fact is null where it is none. */
export interface PieceRecord {
  id: string;
  createdAt: number;
  time: number;
  fact: Fact | null;
}

/** What each question about a cube's records is answered with. */
export interface Answers {
  page: { facts: SourceFact[]; last: boolean };
  span: { firstCreatedAt: number | null; lastCreatedAt: number | null };
  range: Fact[] | null;
  piece: { records: PieceRecord[]; more: boolean };
  fractions: boolean;
  strays: number;
  hasBefore: boolean;
}

export interface Refusal {
  code: string;
  message: string;
  details: Record<string, Value>;
}

export type Answered<Op extends keyof Answers> = { value: Answers[Op] } | { refusal: Refusal };
