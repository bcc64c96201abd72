/** Where readers of every transport ask. */
import { RollupsError } from "../../lib/errors.js";
import { backendOf, type Backend } from "../../src/cube/backend.js";
import type { Counters } from "../counters.js";
import { tooMany, type GatewayLimits } from "../limits.js";
import type { Session } from "../sessions/session.js";
import type { Sessions } from "../sessions/sessions.js";
import { askedOf, type AppFunctions, type Queries } from "./asked.js";
import type { Outcome } from "./question.js";
import type { Questions } from "./questions.js";
import { Watch } from "./watch.js";

/** Who asks, as it was said: the deployment verifies the token, and the app whether it may ask about the tenant. */
export interface Caller {
  token: string | null;
  tenant: Readonly<Record<string, string>>;
}

export interface DeskOptions {
  functions: AppFunctions;
  sessions: Sessions;
  questions: Questions;
  counters: Counters;
  limits: GatewayLimits;
  /** Epoch ms. */
  now: () => number;
}

export class Desk {
  /** Streams and subscriptions that are open. */
  readers = 0;

  constructor(private readonly options: DeskOptions) {}

  /** `newer` is called whenever there is something to take. Throws `Forbidden`, `TooManyRequests` and what is wrong with the queries. */
  async open(caller: Caller, queries: Queries, newer: () => void): Promise<Watch> {
    const { questions, counters, limits, now } = this.options;
    if (this.readers >= limits.readersMax) throw tooMany("readers");
    this.readers++;
    try {
      return await this.as(caller, async (session) => {
        const asked = await askedOf(this.backendOf(session, caller), queries, now());
        const left = () => this.readers--;
        return new Watch(session.access(caller.tenant), asked, questions, counters, newer, left);
      });
    } catch (error) {
      this.readers--;
      throw error;
    }
  }

  /** The newest outcome. Throws as `open`, and `TimedOut`. */
  async once(caller: Caller, queries: Queries): Promise<Outcome> {
    let wake = () => {};
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      wake();
    }, this.options.limits.answerWaitMs);
    let watch: Watch | null = null;
    try {
      watch = await this.open(caller, queries, () => wake());
      for (;;) {
        const first = watch.take();
        if (first !== null) {
          const late = new Promise<void>((resolve) => (wake = resolve));
          if (!isLate) await Promise.race([watch.current(), late]);
          if (!isLate) return watch.take() ?? first;
        }
        if (isLate) throw new RollupsError("TimedOut", "The deployment does not answer");
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      clearTimeout(timer);
      watch?.close();
    }
  }

  /** Calls of the app's functions as the caller, for what is no subscription. */
  async asking<Result>(caller: Caller, body: (backend: Backend) => Promise<Result>): Promise<Result> {
    return await this.as(caller, (session) => body(this.backendOf(session, caller)));
  }

  private backendOf(session: Session, { tenant }: Caller): Backend {
    return backendOf(this.options.functions.cube, tenant, (query, args) => session.query(query, args));
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

async function withinTime(done: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RollupsError("TimedOut", "The deployment does not answer")),
      ms,
    );
  });
  try {
    await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
