/** Where readers of every transport ask. */
import { backendOf, type Backend } from "../../src/cube/backend.js";
import type { Counters } from "../counters.js";
import { tooMany, type GatewayLimits } from "../limits.js";
import type { Access } from "../sessions/access.js";
import type { Session } from "../sessions/session.js";
import type { Sessions } from "../sessions/sessions.js";
import type { Form } from "./answer.js";
import { askedOf, type AppFunctions, type Asked, type Queries } from "./asked.js";
import { scopeOf, type Kept } from "./kept.js";
import type { Outcome } from "./question.js";
import type { Questions } from "./questions.js";
import { Watch } from "./watch.js";
import { withinTime } from "./withinTime.js";

/** Who asks, as it was said: the deployment verifies the token, and the app whether it may ask about the tenant. */
export interface Caller {
  token: string | null;
  tenant: Readonly<Record<string, string>>;
}

export interface DeskOptions {
  functions: AppFunctions;
  sessions: Sessions;
  questions: Questions;
  /** Null for none. */
  kept: Kept | null;
  counters: Counters;
  limits: GatewayLimits;
  /** Epoch ms. */
  now: () => number;
}

export class Desk {
  /** Streams, subscriptions and requests that are open. */
  readers = 0;

  constructor(private readonly options: DeskOptions) {}

  /** `newer` is called whenever there is something to take. Throws `Forbidden`, `TooManyRequests` and what is wrong with the queries. */
  async open(caller: Caller, queries: Queries, newer: () => void): Promise<Watch> {
    return await this.as(caller, async (session) =>
      this.watch(
        this.options.sessions.access(session, caller.tenant),
        await this.asked(session, caller, queries),
        newer,
      ),
    );
  }

  /** The newest answer's bytes. Throws as `open`, what the question is refused with, and `TimedOut`. */
  async body(caller: Caller, queries: Queries, form: Form): Promise<Buffer> {
    return await this.as(caller, async (session) => {
      const asked = await this.asked(session, caller, queries);
      const access = this.options.sessions.access(session, caller.tenant);
      const known = await this.keptBody(access, asked, form);
      if (known !== null) return known;
      const outcome = await this.once(access, asked);
      if (outcome.kind === "failure") throw outcome.error;
      const body = outcome.answer.body(form);
      const scope = scopeOf(access.group ?? "", asked);
      const { watermark } = outcome.answer;
      if (scope !== null && watermark !== null) {
        this.options.kept?.put(scope, asked, form, watermark, body);
      }
      return body;
    });
  }

  /** Calls of the app's functions as the caller, for what is no subscription. */
  async asking<Result>(
    caller: Caller,
    body: (backend: Backend) => Promise<Result>,
  ): Promise<Result> {
    return await this.as(caller, (session) => body(this.backendOf(session, caller)));
  }

  private watch(access: Access, asked: Asked, newer: () => void): Watch {
    const { questions, counters, limits } = this.options;
    if (this.readers >= limits.readersMax) throw tooMany("readers");
    this.readers++;
    return new Watch(access, asked, questions, counters, newer, () => this.readers--);
  }

  private async once(access: Access, asked: Asked): Promise<Outcome> {
    let wake = () => {};
    const watch = this.watch(access, asked, () => wake());
    const newest = async (): Promise<Outcome> => {
      for (;;) {
        const first = watch.take();
        if (first !== null) {
          await watch.current();
          return watch.take() ?? first;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    };
    try {
      return await withinTime(newest(), this.options.limits.answerWaitMs);
    } finally {
      watch.close();
    }
  }

  /** What the cache has of the newest commit, where that is known and the question itself is not followed. */
  private async keptBody(access: Access, asked: Asked, form: Form): Promise<Buffer | null> {
    const { kept, questions, limits } = this.options;
    if (kept === null) return null;
    await withinTime(access.known(), limits.answerWaitMs);
    const { group } = access;
    const scope = group === null ? null : scopeOf(group, asked);
    if (group === null || scope === null || questions.has(group, asked)) return null;
    const watermark = questions.newestOf(scope);
    if (watermark === null) return null;
    const body = await kept.get(scope, asked, form, watermark);
    const isSo = access.group === group && questions.newestOf(scope) === watermark;
    return isSo && access.session.isCurrent ? body : null;
  }

  private async asked(session: Session, caller: Caller, queries: Queries): Promise<Asked> {
    return await askedOf(this.backendOf(session, caller), queries, this.options.now());
  }

  private backendOf(session: Session, { tenant }: Caller): Backend {
    const { cube } = this.options.functions;
    return backendOf(cube, tenant, (query, args) => session.query(query, args));
  }

  private async as<Result>(
    { token }: Caller,
    body: (session: Session) => Result | Promise<Result>,
  ): Promise<Result> {
    const session = this.options.sessions.of(token);
    const release = session.hold();
    try {
      await withinTime(session.granted, this.options.limits.answerWaitMs);
      if (session.ended !== null) throw session.ended;
      return await body(session);
    } finally {
      release();
    }
  }
}
