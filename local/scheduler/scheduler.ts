/**
 * Runs scheduled functions when they are due. Jobs are documents of `_scheduled_functions`; the queue
 * here only says when to look at them. A mutation is marked done in its own transaction, so it takes
 * effect exactly once; an action is started at most once.
 */
import { ANONYMOUS } from "../auth/identity.js";
import type { Commit, Database } from "../database/database.js";
import type { Target } from "../execution/deployment.js";
import { FunctionError } from "../errors.js";
import type { Runner } from "../execution/runner.js";
import type { Transaction } from "../database/transaction.js";
import { DueQueue } from "./dueQueue.js";
import {
  type Job,
  jobTable,
  type JobState,
  parseJob,
  setJobState,
} from "../execution/jobDocument.js";

interface Due {
  home: string;
  id: string;
}

const TIMER_MAX_MS = 60_000;
const SYSTEM_CALLER = { credentials: { ...ANONYMOUS, isAdmin: true } };

/** Finished jobs kept before the oldest are deleted, and how many go at once. */
const FINISHED_MAX = 20_000;
const FINISHED_BATCH = 1000;

/** The job was canceled, or has run already. */
class JobGone extends Error {}

export class Scheduler {
  private readonly queue = new DueQueue<Due>();
  private readonly finished: Due[] = [];
  private timer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  private isStopped = false;
  private isStarted = false;
  running = 0;

  constructor(
    private readonly runner: Runner,
    private readonly database: Database,
    private readonly onError: (message: string, error: unknown) => void,
  ) {
    database.onCommit((commit) => this.observe(commit));
  }

  get pending(): number {
    return this.queue.size;
  }

  private observe(commit: Commit): void {
    for (const { table, after } of commit.writes) {
      if (table.name !== "_scheduled_functions" || after === null) continue;
      const job = parseJob(table.component, after.text);
      if (job.state.kind === "pending") this.queue.push(job.scheduledTime, job);
    }
    this.arm();
  }

  /** Takes up what an earlier process left: pending jobs run, actions cut off in the middle have failed. */
  async start(): Promise<void> {
    const interrupted: Job[] = [];
    for (const table of this.database.catalog.allTables()) {
      if (table.name !== "_scheduled_functions") continue;
      for (const document of this.database.documents(table)) {
        const job = parseJob(table.component, document.text);
        if (job.state.kind === "pending") this.queue.push(job.scheduledTime, job);
        else if (job.state.kind === "inProgress") interrupted.push(job);
      }
    }
    for (const job of interrupted) {
      await this.finish(job, { kind: "failed", error: "Transient error while executing action" });
    }
    this.isStarted = true;
    this.arm();
  }

  private arm(): void {
    if (this.isStopped || !this.isStarted) return;
    const next = this.queue.nextDueMs;
    if (this.timer !== null) {
      clearTimeout(this.timer as NodeJS.Timeout);
      clearImmediate(this.timer as NodeJS.Immediate);
      this.timer = null;
    }
    if (next === null) return;
    const delay = next - Date.now();
    this.timer =
      delay <= 0
        ? setImmediate(() => this.tick())
        : setTimeout(() => this.tick(), Math.min(delay, TIMER_MAX_MS));
  }

  private tick(): void {
    this.timer = null;
    const now = Date.now();
    for (let due = this.queue.takeDue(now); due !== null; due = this.queue.takeDue(now)) {
      this.running++;
      const job = due;
      void this.run(job)
        .catch((error) => {
          if (!(error instanceof JobGone) && !this.isStopped) this.onError(`job ${job.id}`, error);
        })
        .finally(() => this.running--);
    }
    this.arm();
  }

  private read(transaction: Transaction, { home, id }: Due): Job {
    const document = transaction.get(jobTable(transaction, home), id);
    if (document === null) throw new JobGone();
    const job = parseJob(home, document.text);
    if (job.state.kind !== "pending") throw new JobGone();
    return job;
  }

  private async run(due: Due): Promise<void> {
    if (this.isStopped) return;
    const job = this.read(this.database.readAt(this.database.latest), due);
    let target: Target;
    try {
      const deployment = this.runner.mustDeployment();
      const component = deployment.component(job.target);
      target = { component, spec: deployment.find(component, job.path, true) };
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      return this.finish(job, { kind: "failed", error: error.message });
    }
    if (target.spec.kind === "mutation") await this.runMutation(job, target);
    else await this.runAction(job, target);
  }

  private async runMutation(job: Job, target: Target): Promise<void> {
    const { home, id } = job;
    try {
      await this.runner.mutation(target, job.args, SYSTEM_CALLER, {
        isScheduled: true,
        scheduledFunctionId: id,
        // The mutation sees itself in progress; for everybody else it is pending until it commits.
        before: (transaction) => {
          this.read(transaction, job);
          setJobState(transaction, home, id, { kind: "inProgress" }, Date.now());
        },
        after: (transaction) => {
          setJobState(transaction, home, id, { kind: "success" }, Date.now());
        },
      });
      this.retire(job);
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      await this.finish(job, { kind: "failed", error: error.message });
    }
  }

  private async runAction(job: Job, target: Target): Promise<void> {
    await this.runner.transact("scheduler", (transaction) => {
      this.read(transaction, job);
      setJobState(transaction, job.home, job.id, { kind: "inProgress" }, Date.now());
    });
    let state: JobState = { kind: "success" };
    try {
      await this.runner.action(target, job.args, SYSTEM_CALLER, {
        scheduledFunctionId: job.id,
        isScheduled: true,
      });
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      state = { kind: "failed", error: error.message };
    }
    await this.finish(job, state);
  }

  /** Ends a job unless it was canceled meanwhile. Nobody awaits a job: its failure goes to the log. */
  private async finish(job: Job, state: JobState): Promise<void> {
    if (state.kind === "failed") this.onError(`scheduled ${job.path} failed`, state.error);
    await this.runner.transact("scheduler", (transaction) => {
      const document = transaction.get(jobTable(transaction, job.home), job.id);
      const current = document === null ? null : parseJob(job.home, document.text).state.kind;
      if (current !== "pending" && current !== "inProgress") return;
      setJobState(transaction, job.home, job.id, state, Date.now());
    });
    this.retire(job);
  }

  private retire({ home, id }: Due): void {
    this.finished.push({ home, id });
    if (this.finished.length < FINISHED_MAX + FINISHED_BATCH) return;
    const old = this.finished.splice(0, FINISHED_BATCH);
    void this.runner
      .transact("scheduler cleanup", (transaction) => {
        for (const each of old) {
          const table = jobTable(transaction, each.home);
          if (transaction.get(table, each.id) !== null) transaction.delete(table, each.id);
        }
      })
      .catch((error) => this.onError("scheduler cleanup", error));
  }

  stop(): void {
    this.isStopped = true;
    if (this.timer === null) return;
    clearTimeout(this.timer as NodeJS.Timeout);
    clearImmediate(this.timer as NodeJS.Immediate);
  }
}
