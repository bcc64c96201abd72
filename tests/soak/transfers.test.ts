/** The observers are not blind: whole transfers add up in every question, half a transfer in none. */
import { expect, test } from "vitest";
import { answer } from "../oracle/answer.js";
import { inventory, type StockRow } from "../oracle/cubes.js";
import { dice } from "../realData/random.js";
import { madeUp } from "./rows.js";
import { conserved, lost, transferRows } from "./transfers.js";

const random = dice(3);
const rows: StockRow[] = Array.from({ length: 40 }, () =>
  transferRows(madeUp("inventory", random), random),
).flat();
const others = Array.from({ length: 40 }, () => madeUp("inventory", random));

test.each(conserved.map((question) => ({ question, measures: question.measures.join(", ") })))(
  "$measures",
  ({ question }) => {
    const found = (some: readonly StockRow[]) =>
      lost(question, answer(inventory, some, question, "UTC"));
    expect(found([...rows, ...others])).toBeNull();
    expect(found([])).toBeNull();
    for (let missing = 0; missing < rows.length; missing++)
      expect(found(rows.toSpliced(missing, 1))).not.toBeNull();
  },
);
