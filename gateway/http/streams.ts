/** What streams of both kinds share: they wait for the first outcome, and leave when their reader does. */
import { RollupsError } from "../../lib/errors.js";
import type { Counters } from "../counters.js";
import type { GatewayLimits } from "../limits.js";
import type { Queries } from "../questions/asked.js";
import type { Caller, Desk } from "../questions/desk.js";
import type { Outcome } from "../questions/question.js";
import type { Watch } from "../questions/watch.js";
import type { Exchange } from "./exchange.js";
import { Outlet } from "./outlet.js";

export class Streams {
  private readonly outlets = new Set<Outlet>();

  constructor(
    private readonly desk: Desk,
    readonly counters: Counters,
    private readonly limits: GatewayLimits,
  ) {}

  /** Runs `body` with the first outcome. Throws that outcome's error where it is a refusal, and `TimedOut`. */
  async open(
    { response }: Exchange,
    heartbeat: string,
    queries: Queries,
    caller: Caller,
    body: (outlet: Outlet, watch: Watch, first: Outcome) => Promise<void>,
  ): Promise<void> {
    const { stallMs, heartbeatMs, answerWaitMs } = this.limits;
    const stalled = () => this.counters.add("stalled");
    const outlet = new Outlet(response, { stallMs, heartbeatMs, heartbeat, stalled });
    const watch = await this.desk.open(caller, queries, outlet.wake);
    this.outlets.add(outlet);
    try {
      const first = await this.first(outlet, watch, answerWaitMs);
      if (first === null) return;
      if (first.kind === "failure") throw first.error;
      await body(outlet, watch, first);
      if (outlet.isOpen) response.end();
    } finally {
      this.outlets.delete(outlet);
      watch.close();
    }
  }

  /** Ends all of them: their readers come back to another gateway. */
  close(): void {
    for (const { response } of this.outlets) response.end();
    for (const { wake } of this.outlets) wake();
  }

  private async first(outlet: Outlet, watch: Watch, waitMs: number): Promise<Outcome | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new RollupsError("TimedOut", "The deployment does not answer")),
        waitMs,
      );
    });
    try {
      return await Promise.race([outlet.next(watch), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
