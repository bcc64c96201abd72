/**
 * Reports what a page asks while both ways are compared: one question at a time, drawn from those that were answered
 * since, and after the page is done with them. The hooks fetch it when a tenant's rollout asks for it.
 */
import type { ConvexReactClient } from "convex/react";
import type { Scope } from "../context.js";
import type { Request, WireQuery } from "../query.js";

/** Before the first report: a page that loads has better things to do. */
const FIRST_MS = 1000;
/** Between two: six a minute, of each page. */
const PAUSE_MS = 10_000;

class Reporter {
  /** Questions that were answered and not reported since, by their keys. */
  private readonly waiting = new Map<string, WireQuery>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isFirst = true;

  constructor(private readonly send: (query: WireQuery) => Promise<unknown>) {}

  saw({ key, wire }: Request): void {
    this.waiting.set(key, wire);
    this.timer ??= setTimeout(() => this.next(), this.isFirst ? FIRST_MS : PAUSE_MS);
  }

  /** Any of those that wait, so that each has its turn whichever comes most often. */
  private next(): void {
    this.timer = null;
    this.isFirst = false;
    const drawn = [...this.waiting][Math.floor(Math.random() * this.waiting.size)];
    if (drawn === undefined) return;
    const [key, query] = drawn;
    this.waiting.delete(key);
    // What comes of it is stored; a page has no use for it.
    this.send(query).catch(() => {});
    if (this.waiting.size > 0) this.timer = setTimeout(() => this.next(), PAUSE_MS);
  }
}

const reporters = new WeakMap<ConvexReactClient, Map<string, Reporter>>();

/** Call it when a question is answered on the screen. It does nothing where the app has no `report`. */
export function saw({ client, fallback, tenant, tenantId }: Scope, request: Request): void {
  const report = fallback?.report;
  if (!report) return;
  const known = reporters.get(client) ?? new Map<string, Reporter>();
  reporters.set(client, known);
  // A client that is closed meanwhile throws.
  const send = async (query: WireQuery) => await client.action(report, { ...tenant, query });
  const reporter = known.get(tenantId) ?? new Reporter(send);
  known.set(tenantId, reporter);
  reporter.saw(request);
}
