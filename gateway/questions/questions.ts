/** The questions that there are: one for each that means the same, in each group of callers. */
import { tooMany } from "../limits.js";
import { Question, type QuestionOptions } from "./question.js";
import type { Asked } from "./asked.js";
import { scopeOf, type Kept } from "./kept.js";

export class Questions {
  private readonly byName = new Map<string, Question>();

  private readonly byScope = new Map<string, Set<Question>>();

  constructor(private readonly options: QuestionOptions & { kept: Kept | null }) {}

  get size(): number {
    return this.byName.size;
  }

  has(group: string, asked: Asked): boolean {
    return this.byName.has(nameOf(group, asked));
  }

  /** The newest commit of a cube that a group is told; null where none of its questions is followed. */
  newestOf(scope: string): string | null {
    let newest: bigint | null = null;
    for (const { watermark } of this.byScope.get(scope) ?? []) {
      if (watermark !== null && (newest === null || watermark > newest)) newest = watermark;
    }
    return newest?.toString() ?? null;
  }

  /** The question of a group, asked or to be asked. Throws `TooManyRequests`. */
  of(group: string, asked: Asked): Question {
    const name = nameOf(group, asked);
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    if (this.byName.size >= this.options.limits.questionsMax) {
      throw tooMany("questions");
    }
    const scope = scopeOf(group, asked);
    const question = new Question(asked, this.options, {
      restored: () => scope !== null && this.options.kept?.forget(scope),
      over: () => {
        this.byName.delete(name);
        if (scope !== null) this.leave(scope, question);
      },
    });
    this.byName.set(name, question);
    if (scope !== null) this.enter(scope, question);
    return question;
  }

  close(): void {
    for (const question of [...this.byName.values()]) question.close();
  }

  private enter(scope: string, question: Question): void {
    const there = this.byScope.get(scope);
    if (there === undefined) this.byScope.set(scope, new Set([question]));
    else there.add(question);
  }

  private leave(scope: string, question: Question): void {
    const there = this.byScope.get(scope);
    there?.delete(question);
    if (there?.size === 0) this.byScope.delete(scope);
  }
}

function nameOf(group: string, { name }: Asked): string {
  return `${group} ${name}`;
}
