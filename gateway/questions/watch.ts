/** One reader of one question, from the token that it came with to the newest answer that it has not taken. */
import { RollupsError } from "../../lib/errors.js";
import type { Counters } from "../counters.js";
import type { Access } from "../sessions/access.js";
import type { Session } from "../sessions/session.js";
import type { Asked } from "./asked.js";
import type { Follower, Outcome, Question } from "./question.js";
import type { Questions } from "./questions.js";

export class Watch implements Follower {
  /** Whether nothing follows what was taken last: the caller's token is over. */
  isOver = false;
  private question: Question | null = null;
  private failure: Outcome | null = null;
  private taken: Outcome | null = null;
  private isPending = false;
  private readonly stops: (() => void)[] = [];

  /** `newer` is called whenever there is something to take. */
  constructor(
    readonly access: Access,
    private readonly asked: Asked,
    private readonly questions: Questions,
    private readonly counters: Counters,
    private readonly newer: () => void,
    /** Called once, when it is over. */
    private readonly left: () => void,
  ) {
    const { session } = access;
    this.stops.push(
      session.hold(),
      session.onEnd(() => this.end(session)),
      access.onChange(() => this.join()),
    );
    if (session.ended === null) this.join();
    else this.end(session);
  }

  /** What the reader has not seen yet; null where it has seen the newest. */
  take(): Outcome | null {
    const newest = this.failure ?? this.question?.outcome ?? null;
    const { taken } = this;
    this.isPending = false;
    if (newest === null || newest === taken) return null;
    this.taken = newest;
    const isKnown =
      taken?.kind === "answer" && newest.kind === "answer" && taken.answer.says(newest.answer);
    return isKnown ? null : newest;
  }

  /** Resolves when the outcome is the deployment's newest, as far as the connections to it say. */
  async current(): Promise<void> {
    await this.access.session.current();
    await this.question?.current();
  }

  close(): void {
    if (this.isOver) return;
    for (const stop of this.stops.splice(0)) stop();
    this.question?.leave(this);
    this.question = null;
    this.isOver = true;
    this.left();
  }

  changed(): void {
    if (this.isPending) this.counters.add("skipped");
    this.isPending = true;
    this.newer();
  }

  parted(): void {
    this.question = null;
    this.join();
  }

  private join(): void {
    const { group } = this.access;
    if (group === null || this.isOver) return;
    const last = this.question;
    try {
      const question = this.questions.of(group, this.asked);
      if (question === last) return;
      last?.leave(this);
      this.question = question;
      question.follow(this);
      if (question.outcome !== null) this.changed();
    } catch (error) {
      if (!(error instanceof RollupsError)) throw error;
      this.fail(error);
    }
  }

  private end({ ended }: Session): void {
    this.fail(ended as RollupsError);
  }

  /** Tells it as the last outcome. */
  private fail(error: RollupsError): void {
    this.close();
    this.failure = { kind: "failure", error, revision: 0 };
    this.changed();
  }
}
