/** Whether the deployment can be reached, asked when a balancer asks, and told again for a moment. */

const TOLD_MS = 1000;
const WAIT_MS = 2000;

export class Readiness {
  /** Set when the gateway stops: it takes no new readers. */
  isStopping = false;
  private told: { at: number; problem: Promise<string | null> } | null = null;

  constructor(
    private readonly url: string,
    private readonly now: () => number,
  ) {}

  /** Why it is not ready; null where it is. */
  async problem(): Promise<string | null> {
    if (this.isStopping) return "The gateway stops";
    if (this.told === null || this.now() - this.told.at > TOLD_MS) {
      this.told = { at: this.now(), problem: this.ask() };
    }
    return await this.told.problem;
  }

  /** Any answer will do: it is there. */
  private async ask(): Promise<string | null> {
    try {
      const response = await fetch(`${this.url}/version`, { signal: AbortSignal.timeout(WAIT_MS) });
      await response.body?.cancel();
      return response.status < 500 ? null : `The deployment answers ${response.status}`;
    } catch {
      return "The deployment does not answer";
    }
  }
}
