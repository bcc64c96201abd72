/**
 * All that a query or mutation heard from the backend, in order: enough to run it once more, somewhere
 * else, without a database. User code is a function of it, as its clock is fixed and its dice are seeded.
 */
import type { Failure } from "../errors.js";
import type { Component, FunctionSpec } from "./deployment.js";

/** What a syscall answered; a failure is thrown in the realm. */
export type Outcome = string | Failure;

/** The answer of the syscall that was begun as number `index` of those that answer later. */
export interface Delivery {
  index: number;
  outcome: Outcome;
}

export class Recording {
  /** Of syscalls that answer at once. */
  readonly atOnce: Outcome[] = [];
  /** Of the others: what arrived together, in order. */
  readonly deliveries: Delivery[][] = [];
  /** Nested calls in the order in which they were begun; null where nothing ran. */
  readonly nested: (Recording | null)[] = [];
  args = "";
  result = "";
  /** What its own code allocated, garbage included: it cannot have held more. */
  allocatedBytes = 0;

  constructor(
    readonly component: Component,
    readonly spec: FunctionSpec,
    readonly call: { requestId: string; seed: number; nowMs: number },
  ) {}

  /** What it and all that it called allocated. */
  get allocatedInAll(): number {
    return this.nested.reduce(
      (sum, nested) => sum + (nested?.allocatedInAll ?? 0),
      this.allocatedBytes,
    );
  }
}
