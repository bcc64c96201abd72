/**
 * Reports what pages ask, so that the backend knows it by form: `new PatternReports(client, api.patterns.report)`, made once
 * and handed to the hooks or to Cube's transport. An app that imports it pays for it, and no other.
 */
import type { DefaultFunctionArgs, FunctionReference } from "convex/server";
import { isPattern } from "../../lib/patterns/reported.js";

/** The app's `report`, of `rollups.patterns()`. */
export type ReportFunction = FunctionReference<"action", "public", DefaultFunctionArgs, boolean>;

/** `ConvexReactClient` or `ConvexClient`. */
export interface ReportingClient {
  action: (report: ReportFunction, args: DefaultFunctionArgs) => Promise<unknown>;
  connectionState?: () => { isWebSocketConnected: boolean };
}

interface Asked {
  query: Readonly<Record<string, unknown>>;
  asked: number;
  route: string;
  held: boolean;
}

/** Before a page's first report: it has better things to do. */
const FIRST_MS = 60_000;
/** Between its first two, … */
const PAUSE_MS = 5 * 60_000;
/** … and twice as long after each, up to this: ten reports in a day of work. */
const PAUSE_MS_MAX = 80 * 60_000;
/** Questions of a report, the backend's bound. */
const QUESTIONS_MAX = 20;
/** Questions that a page remembers; more are not counted. */
const REMEMBERED_MAX = 100;

export class PatternReports {
  private readonly pages = new Map<string, Page>();

  constructor(
    private readonly client: ReportingClient,
    private readonly report: ReportFunction,
  ) {}

  /**
   * Counts a question that has come out; never throws. `asked` is JSON of the tenant's argument and the `query`; `route`
   * what its answer says in `servedBy`, or the code of an error: faults, and questions that are not valid, are no patterns.
   */
  saw(asked: string, route: string, held = false): void {
    if (!isPattern(route)) return;
    const { query, freshness: _, ...tenant } = JSON.parse(asked) as Record<string, never>;
    const name = JSON.stringify(tenant);
    let page = this.pages.get(name);
    if (!page) this.pages.set(name, (page = new Page(this.client, tenant, this.report)));
    page.add({ query: query as never, asked: 1, route, held });
  }
}

/** What is asked of one tenant. */
class Page {
  private readonly waiting = new Map<string, Asked>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private waitMs = FIRST_MS;

  constructor(
    private readonly client: ReportingClient,
    private readonly tenant: Readonly<Record<string, string>>,
    private readonly report: ReportFunction,
  ) {}

  add(one: Asked): void {
    const key = formOf(one);
    const known = this.waiting.get(key);
    if (!known && this.waiting.size >= REMEMBERED_MAX) return;
    this.waiting.set(key, { ...one, asked: one.asked + (known?.asked ?? 0) });
    this.begin();
  }

  private begin(): void {
    if (this.waiting.size === 0) return;
    // All pages that a deploy loads again are not to come together.
    this.timer ??= setTimeout(() => void this.next(), this.waitMs * (0.75 + Math.random() / 2));
  }

  private async next(): Promise<void> {
    const { waiting, client } = this;
    const asked = [...waiting.values()].sort((a, b) => b.asked - a.asked);
    // What is not reported now waits for the next time.
    const left = isAway(client) ? asked : asked.splice(QUESTIONS_MAX);
    waiting.clear();
    if (left !== asked) {
      this.waitMs = Math.min(PAUSE_MS_MAX, this.waitMs === FIRST_MS ? PAUSE_MS : this.waitMs * 2);
      try {
        const isStored = await client.action(this.report, { ...this.tenant, questions: asked });
        if (isStored === false) left.push(...asked);
      } catch {
        // A page has no use for it, and what the backend refuses it refuses again.
      }
    }
    this.timer = null;
    for (const one of left) this.add(one);
    this.begin();
  }
}

/** A page that nobody sees, or that is not connected, reports nothing. */
function isAway(client: ReportingClient): boolean {
  const { document } = globalThis as { document?: { visibilityState?: string } };
  const isConnected = client.connectionState?.().isWebSocketConnected ?? true;
  return document?.visibilityState === "hidden" || !isConnected;
}

/** Days, values and limits are no part of a form. The backend knows better; here it is what is counted together. */
const NO_FORM = /^(dateRange|compareDateRange|values|limit|offset)$/;

function formOf({ query, route, held }: Asked): string {
  const form = (key: string, value: unknown) => (NO_FORM.test(key) ? undefined : value);
  return JSON.stringify([query, route.replace(/@\d+/g, ""), held], form);
}
