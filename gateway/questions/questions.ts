/** The questions that there are: one for each that means the same, in each group of callers. */
import { tooMany } from "../limits.js";
import { Question, type QuestionOptions } from "./question.js";
import type { Asked } from "./asked.js";

export class Questions {
  private readonly byName = new Map<string, Question>();

  constructor(private readonly options: QuestionOptions) {}

  get size(): number {
    return this.byName.size;
  }

  /** The question of a group, asked or to be asked. Throws `TooManyRequests`. */
  of(group: string, asked: Asked): Question {
    const name = `${group} ${asked.name}`;
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    if (this.byName.size >= this.options.limits.questionsMax) {
      throw tooMany("questions");
    }
    const question = new Question(asked, this.options, () => this.byName.delete(name));
    this.byName.set(name, question);
    return question;
  }

  close(): void {
    for (const question of [...this.byName.values()]) question.close();
  }
}
