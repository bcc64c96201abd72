/**
 * Runs the crons of the app and its components. A run is skipped while the previous one is still
 * going; schedules that a push leaves unchanged keep their next run.
 */
import type { Component, CronSpec, Deployment } from "../execution/deployment.js";
import { ANONYMOUS } from "../auth/identity.js";
import type { Runner } from "../execution/runner.js";
import type { Json } from "../values/json.js";
import { nextRunMs } from "./cronTime.js";

interface RunningCron {
  component: string;
  spec: CronSpec;
  nextMs: number;
  isRunning: boolean;
}

const TIMER_MAX_MS = 60_000;
const SYSTEM_CALLER = { credentials: { ...ANONYMOUS, isAdmin: true } };

export class Crons {
  private crons = new Map<string, RunningCron>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly runner: Runner,
    private readonly onError: (message: string, error: unknown) => void,
  ) {}

  /** Takes over the crons of a deployment. */
  deploy(deployment: Deployment): void {
    const crons = new Map<string, RunningCron>();
    const now = Date.now();
    for (const component of deployment.components) {
      for (const spec of component.crons) {
        const key = JSON.stringify([component.path, spec]);
        const existing = this.crons.get(key);
        crons.set(key, existing ?? this.first(component, spec, now));
      }
    }
    this.crons = crons;
    this.arm();
  }

  private first(component: Component, spec: CronSpec, nowMs: number): RunningCron {
    // An interval runs for the first time when it is deployed.
    const isInterval = spec.schedule.type === "interval";
    const nextMs = isInterval ? nowMs : nextRunMs(spec.schedule, spec.id, nowMs);
    return { component: component.path, spec, nextMs, isRunning: false };
  }

  private arm(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const next = Math.min(...[...this.crons.values()].map((cron) => cron.nextMs));
    if (!Number.isFinite(next)) return;
    const delay = Math.min(Math.max(0, next - Date.now()), TIMER_MAX_MS);
    this.timer = setTimeout(() => this.tick(), delay);
  }

  private tick(): void {
    const now = Date.now();
    for (const cron of this.crons.values()) {
      if (cron.nextMs > now) continue;
      cron.nextMs = nextRunMs(cron.spec.schedule, cron.spec.id, cron.nextMs);
      if (cron.nextMs <= now) cron.nextMs = nextRunMs(cron.spec.schedule, cron.spec.id, now);
      if (!cron.isRunning) void this.run(cron);
    }
    this.arm();
  }

  private async run(cron: RunningCron): Promise<void> {
    cron.isRunning = true;
    const { spec } = cron;
    try {
      const deployment = this.runner.mustDeployment();
      const component = deployment.component(cron.component);
      const target = { component, spec: deployment.find(component, spec.functionPath, true) };
      const args = JSON.parse(spec.args) as Json;
      if (target.spec.kind === "mutation") {
        await this.runner.mutation(target, args, SYSTEM_CALLER, { isScheduled: true });
      } else await this.runner.action(target, args, SYSTEM_CALLER, { isScheduled: true });
    } catch (error) {
      this.onError(`cron "${spec.id}" failed`, error);
    } finally {
      cron.isRunning = false;
    }
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.crons.clear();
  }
}
