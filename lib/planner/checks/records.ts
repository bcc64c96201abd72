import type { Check } from "./check.js";

/** A cell has forgotten which records it is made of. */
export const records: Check<unknown> = ({ query }) =>
  query.ungrouped ? { code: "Ungrouped", message: "keeps no single records" } : null;
