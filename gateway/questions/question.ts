/**
 * One question of one group of callers: a single subscription at the deployment, carried by the session of one of them,
 * and the newest answer. Nothing is queued: who follows it is told that there is something newer, and takes it.
 */
import { kindOf } from "../../lib/errorCodes.js";
import type { Loaded } from "../../lib/cubeJson/response.js";
import { answersOf } from "../../src/cube/answers.js";
import type { Board } from "../../src/cube/backend.js";
import { codeOf } from "../../src/cube/failures.js";
import type { Counters } from "../counters.js";
import type { GatewayLimits } from "../limits.js";
import type { Access } from "../sessions/access.js";
import { Answer } from "./answer.js";
import type { AppFunctions, Asked } from "./asked.js";

/** What there is to tell. Of two with one revision the second brings nothing new. */
export type Outcome = { revision: number } & (
  | { kind: "answer"; answer: Answer }
  | { kind: "failure"; error: unknown }
);

/** Whether an answer follows without being asked for again: a rollup is being built. */
export function isWait(outcome: Outcome): boolean {
  return outcome.kind === "failure" && codeOf(outcome.error) === "Building";
}

export interface Follower {
  readonly access: Access;
  /** There is a new outcome. */
  changed(): void;
  /** The group has parted: the question is over, and to be asked in the group that the follower is in now. */
  parted(): void;
}

export interface QuestionOptions {
  functions: AppFunctions;
  limits: GatewayLimits;
  counters: Counters;
}

/** What failed for a reason that may pass is asked again, later and later. */
const RETRY_MS_MIN = 1000;
const RETRY_MS_MAX = 30_000;

export class Question {
  outcome: Outcome | null = null;
  private readonly followers = new Set<Follower>();
  private carrier: { access: Access; stop: () => void } | null = null;
  private retryMs = RETRY_MS_MIN;
  private idle: NodeJS.Timeout | null = null;
  private isOver = false;

  constructor(
    readonly asked: Asked,
    private readonly options: QuestionOptions,
    private readonly on: {
      /** The answer of a commit is another one than before. */
      restored: () => void;
      /** Called once, when nothing is told any more. */
      over: () => void;
    },
  ) {}

  /** The newest commit of the cube; null where it is not known now. */
  get watermark(): bigint | null {
    if (this.outcome?.kind !== "answer" || this.carrier?.access.session.isCurrent !== true) {
      return null;
    }
    const { answer } = this.outcome;
    return answer.isLive && answer.watermark !== null ? BigInt(answer.watermark) : null;
  }

  follow(follower: Follower): void {
    this.followers.add(follower);
    if (this.idle !== null) clearTimeout(this.idle);
    this.idle = null;
    if (this.carrier === null) this.carry(follower.access);
  }

  leave(follower: Follower): void {
    this.followers.delete(follower);
    if (this.followers.size > 0 || this.isOver) return;
    this.idle = setTimeout(() => this.close(), this.options.limits.keepAliveMs);
    this.idle.unref();
  }

  /** Resolves when the outcome is not from before a lost connection. */
  async current(): Promise<void> {
    await this.carrier?.access.session.current();
  }

  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    if (this.idle !== null) clearTimeout(this.idle);
    this.drop();
    this.on.over();
  }

  private carry(access: Access): void {
    const { cube } = this.options.functions;
    const { session, tenant } = access;
    const [first, ...others] = this.asked.queries;
    const failed = (error: unknown) => this.failed(error);
    const subscribe = () => {
      this.options.counters.add("subscriptions");
      return others.length === 0
        ? session.watch(cube.load, { ...tenant, query: first }, (one) => this.told([one]), failed)
        : session.watch(
            cube.board,
            { ...tenant, questions: this.asked.queries.map((query) => ({ query })) },
            (board) => this.toldBoard(board),
            failed,
          );
    };
    const stops = [
      access.onChange(() => this.part()),
      session.onEnd(() => this.handOver()),
      session.hold(),
      subscribe(),
    ];
    this.carrier = { access, stop: () => stops.forEach((stop) => stop()) };
  }

  private drop(): void {
    const { carrier } = this;
    this.carrier = null;
    carrier?.stop();
  }

  /** The carrier's token is over: another caller's carries on. */
  private handOver(): void {
    this.drop();
    const next = [...this.followers].find(({ access }) => access.session.ended === null);
    if (next === undefined) this.close();
    else this.carry(next.access);
  }

  /** The carrier is told another view key than before, or none: who may share with whom is to be asked again, by each. */
  private part(): void {
    this.close();
    for (const follower of [...this.followers]) follower.parted();
  }

  private toldBoard(board: Board): void {
    let loaded: Loaded[];
    try {
      loaded = answersOf(board);
    } catch (error) {
      return this.failed(error);
    }
    this.told(loaded);
  }

  private told(loaded: readonly Loaded[]): void {
    const { counters } = this.options;
    counters.add("answers");
    this.retryMs = RETRY_MS_MIN;
    const answer = new Answer(loaded, () => counters.add("serialisations"));
    const last = this.outcome;
    if (last?.kind === "answer" && last.answer.says(answer)) {
      if (last.answer.watermark !== answer.watermark) this.outcome = { ...last, answer };
      return;
    }
    const { watermark } = answer;
    const isSame = last?.kind === "answer" && last.answer.watermark === watermark;
    if (isSame && watermark !== null) this.on.restored();
    this.put({ kind: "answer", answer, revision: (last?.revision ?? 0) + 1 });
  }

  private failed(error: unknown): void {
    this.put({ kind: "failure", error, revision: (this.outcome?.revision ?? 0) + 1 });
    const code = codeOf(error);
    if (code !== null && kindOf(code) !== "unavailable") return;
    const { carrier, retryMs } = this;
    this.retryMs = Math.min(RETRY_MS_MAX, 2 * retryMs);
    setTimeout(() => {
      if (carrier === null || this.carrier !== carrier) return;
      this.drop();
      this.carry(carrier.access);
    }, retryMs).unref();
  }

  private put(outcome: Outcome): void {
    this.outcome = outcome;
    for (const follower of [...this.followers]) follower.changed();
  }
}
