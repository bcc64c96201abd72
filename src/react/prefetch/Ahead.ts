/**
 * A question that is asked ahead: the subscriptions that its hook would have, so that the hook finds them answered and
 * asks nothing. It keeps no copy of an answer.
 */
import type { Scope } from "../context.js";
import type { Request } from "../query.js";
import { backendsAnswer, isAnswered, watchRows, type StoreOf } from "./answered.js";

export class Ahead {
  /** Answers of the backend that have come, … */
  answers = 0;
  /** … their length, … */
  bytes = 0;
  /** … and whether it was asked for this question alone. */
  isAlone = false;
  /** Whether a hook has asked the question meanwhile. */
  isUsed = false;
  private last: unknown;
  private stopHeld: (() => void) | null = null;
  private stopBoard: (() => void) | null = null;
  private stopRows: (() => void) | null = null;

  constructor(
    readonly request: Request,
    private readonly scope: Scope,
    private readonly storeOf: StoreOf,
    private readonly changed: () => void,
  ) {
    this.look();
    this.stopHeld = storeOf(request)?.watch(request, this.look) ?? null;
  }

  get isAnswered(): boolean {
    return isAnswered(this.scope, this.storeOf, this.request);
  }

  stop(): void {
    this.stopHeld?.();
    this.leaveBackend();
    this.stopHeld = null;
  }

  /** As a hook: what tiles do not answer, now or at all, the backend does. */
  private readonly look = (): void => {
    const { request, scope } = this;
    const here = this.storeOf(request)?.read(request) ?? null;
    if (here !== null) this.leaveBackend();
    else this.askBackend();
    const answer = here === null ? backendsAnswer(scope, request) : undefined;
    if (answer !== undefined && answer !== this.last) {
      this.answers += 1;
      this.bytes += JSON.stringify(answer).length;
    }
    this.last = answer;
    this.changed();
  };

  private askBackend(): void {
    const { request, scope } = this;
    this.stopBoard ??= scope.boards.subscribe(request, this.look);
    this.isAlone = scope.boards.read(request.key) === "alone";
    if (this.isAlone) this.stopRows ??= watchRows(scope, request).onUpdate(this.look);
  }

  private leaveBackend(): void {
    this.stopBoard?.();
    this.stopRows?.();
    this.stopBoard = null;
    this.stopRows = null;
  }
}
