/** Several questions side by side, by one granularity, for the oracle: rows say their time in a column that all share. */
import type { Answer, Question, Row } from "./model.js";

/** The rows of each question, as Cube shows them. */
export function blended(questions: readonly Question[], answers: readonly Answer[]): Row[][] {
  return questions.map((question, i) => {
    const [{ dimension, granularity } = { dimension: "", granularity: "" }] =
      question.timeDimensions ?? [];
    return answers[i]!.rows.map((row) => {
      const at = row[`${dimension}.${granularity}`]!;
      return { ...row, [`time.${granularity}`]: at, [dimension]: at };
    });
  });
}

/** Rows with their members named once. */
export function compact(rows: readonly Row[]): unknown {
  const members = Object.keys(rows[0] ?? {});
  return { members, dataset: rows.map((row) => members.map((member) => row[member])) };
}

export function columnar(rows: readonly Row[]): unknown {
  const members = Object.keys(rows[0] ?? {});
  return { members, columns: members.map((member) => rows.map((row) => row[member])) };
}
