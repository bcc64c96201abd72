/**
 * What becomes of a row whose key is known: it is kept as stored, compared, or replaced. An importer
 * asks for the comparison, so that a file that reads differently today is not taken in silence.
 */
import { v, type Infer } from "convex/values";
import type { Row, RowShape } from "./rows.js";

/**
 * `keep` says nothing about known rows. `report` compares the sent row with the stored one.
 * `replace` also stores the sent values where they differ.
 */
export const vOnKnown = v.union(v.literal("keep"), v.literal("report"), v.literal("replace"));
export type OnKnown = Infer<typeof vOnKnown>;

export const vKnown = v.object({
  index: v.number(),
  id: v.string(),
  outcome: v.union(v.literal("same"), v.literal("changed"), v.literal("replaced")),
  /** The fields that differ from what was stored; empty for `same`. */
  fields: v.array(v.string()),
  /** When the record was stored, by the server's clock in milliseconds. */
  storedAt: v.number(),
});
export type Known = Infer<typeof vKnown>;

/** Compares a stored record with a row that was sent under its key. O(fields). */
export function compareKnown(
  shape: RowShape,
  stored: Readonly<Record<string, unknown>> & { _id: string; _creationTime: number },
  sent: Row,
  replace: boolean,
): Omit<Known, "index"> {
  const fields = Object.keys(shape).filter((field) => !sameValue(stored[field], sent[field]));
  const outcome = fields.length === 0 ? "same" : replace ? "replaced" : "changed";
  return { id: stored._id, outcome, fields, storedAt: stored._creationTime };
}

/** The order within a list of texts is none. */
function sameValue(stored: unknown, sent: unknown): boolean {
  if (!Array.isArray(stored) || !Array.isArray(sent)) return stored === sent;
  const [one, two] = [[...stored].sort(), [...sent].sort()];
  return one.length === two.length && one.every((value, at) => value === two[at]);
}
