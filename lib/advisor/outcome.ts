/** What was predicted beside what was counted later. */
import type { Prices } from "../cost/prices.js";
import { billOf, type Bill } from "./standing.js";

export interface Compared {
  predicted: number;
  counted: number;
  /** What was predicted too much, as a share of what was counted; null where nothing was counted. */
  error: number | null;
}

export interface Outcome {
  dollars: Compared;
  documentsRead: Compared;
  bytesRead: Compared;
  upkeepBytes: Compared;
  storedDocuments: Compared;
  storedBytes: Compared;
}

/** Dollars of both are at the same prices, whatever they were when it was predicted. */
export function outcomeOf(
  predicted: Omit<Bill, "dollars">,
  counted: Omit<Bill, "dollars">,
  prices: Prices,
): Outcome {
  const compare = (of: (bill: Bill) => number): Compared => {
    const [a, b] = [of(billOf(predicted, prices)), of(billOf(counted, prices))];
    return { predicted: a, counted: b, error: b === 0 ? null : a / b - 1 };
  };
  return {
    dollars: compare(({ dollars }) => dollars),
    documentsRead: compare(({ reads }) => reads.documents),
    bytesRead: compare(({ reads }) => reads.bytes),
    upkeepBytes: compare(({ upkeep }) => upkeep.bytes),
    storedDocuments: compare(({ stored }) => stored.documents),
    storedBytes: compare(({ stored }) => stored.bytes),
  };
}
