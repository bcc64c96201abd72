/** What streams of both kinds share: they wait for the first outcome, and leave when their reader does. */
import type { Counters } from "../counters.js";
import type { GatewayLimits } from "../limits.js";
import type { Queries } from "../questions/asked.js";
import type { Caller, Desk } from "../questions/desk.js";
import { isWait, type Outcome } from "../questions/question.js";
import type { Watch } from "../questions/watch.js";
import { withinTime } from "../questions/withinTime.js";
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
      const first = await withinTime(outlet.next(watch), answerWaitMs);
      if (first === null) return;
      if (first.kind === "failure" && !isWait(first)) throw first.error;
      await body(outlet, watch, first);
      if (outlet.isOpen) response.end();
    } finally {
      this.outlets.delete(outlet);
      watch.close();
    }
  }

  /** Ends all of them: their readers come back to another gateway. */
  close(): void {
    for (const { response, wake } of this.outlets) {
      // An empty response would be taken for an answer.
      if (response.headersSent) response.end();
      else response.destroy();
      wake();
    }
  }
}
