/** The shape of a `_scheduled_functions` document, shared by those who schedule and the scheduler. */
import type { Transaction } from "../database/transaction.js";
import type { Table } from "../database/catalog.js";
import { DeveloperError } from "../database/limits.js";
import type { Target } from "./deployment.js";
import { COMMIT_TS_TEXT, type Json, type JsonObject, sizeOf } from "../values/json.js";

export type JobState =
  | { kind: "pending" | "inProgress" | "success" | "canceled" }
  | { kind: "failed"; error: string };

export interface Job {
  id: string;
  /** Component whose table holds the job. */
  home: string;
  /** Component and function to run. */
  target: string;
  path: string;
  args: JsonObject;
  scheduledTime: number;
  state: JobState;
}

export function jobTable(transaction: Transaction, component: string): Table {
  return transaction.catalog.ensureTable(component, "_scheduled_functions");
}

/** Inserts a pending job and returns its id. */
export function insertJob(
  transaction: Transaction,
  home: string,
  target: Target,
  args: JsonObject,
  scheduledTime: number,
): string {
  const bytes = sizeOf(args);
  const { limits, usage } = transaction;
  if (bytes > limits.scheduledArgsBytes) {
    throw new DeveloperError(
      "ScheduledFunctionArgumentsTooLarge",
      `Arguments of a scheduled function are too large (${bytes} bytes, limit: ${limits.scheduledArgsBytes} bytes)`,
    );
  }
  if (JSON.stringify(args).includes(COMMIT_TS_TEXT)) {
    throw new DeveloperError(
      "InvalidArgument",
      `A scheduled function cannot take an unresolved commit timestamp (${COMMIT_TS_TEXT}).`,
    );
  }
  usage.add("functionsScheduled", 1);
  usage.add("scheduledFunctionArgsBytes", bytes);
  return transaction.insert(jobTable(transaction, home), {
    _target: target.component.path,
    args: [args],
    name: `${target.spec.module}:${target.spec.name}`,
    scheduledTime,
    state: { kind: "pending" },
  });
}

/** Reads a job from its document. */
export function parseJob(home: string, text: string): Job {
  const value = JSON.parse(text) as JsonObject;
  return {
    id: value._id as string,
    home,
    target: value._target as string,
    path: value.name as string,
    args: (value.args as Json[])[0] as JsonObject,
    scheduledTime: value.scheduledTime as number,
    state: value.state as unknown as JobState,
  };
}

/** Moves a job to another state. Finished states get a completion time. */
export function setJobState(
  transaction: Transaction,
  home: string,
  id: string,
  state: JobState,
  nowMs: number,
): void {
  const isFinal = state.kind !== "pending" && state.kind !== "inProgress";
  transaction.patch(jobTable(transaction, home), id, {
    state: state as unknown as Json,
    ...(isFinal ? { completedTime: nowMs } : {}),
  });
}

/** Cancels a job that has not started. One that is finished stays as it is. */
export function cancelJob(
  transaction: Transaction,
  home: string,
  id: string,
  runningId: string | null,
): void {
  if (id === runningId) {
    throw new DeveloperError("CancelSelf", "A scheduled mutation can't cancel itself.");
  }
  const document = transaction.get(jobTable(transaction, home), id);
  if (document === null) {
    throw new DeveloperError("NonexistentJob", `Scheduled function ${id} not found`);
  }
  const { state } = parseJob(home, document.text);
  if (state.kind === "pending" || state.kind === "inProgress") {
    setJobState(transaction, home, id, { kind: "canceled" }, Date.now());
  }
}
