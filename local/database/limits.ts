/**
 * The limits that Convex enforces on a transaction, with a name for every refusal, so that code that
 * runs here fails where production would fail. All of them can be changed per backend, for tests.
 */

/** Per-transaction budgets, under the names that `getTransactionMetrics` reports. */
export interface TransactionBudget {
  bytesRead: number;
  bytesWritten: number;
  databaseQueries: number;
  documentsRead: number;
  documentsWritten: number;
  functionsScheduled: number;
  scheduledFunctionArgsBytes: number;
  filesWritten: number;
  fileWriteBytes: number;
  filesRead: number;
  fileReadBytes: number;
}

export type BudgetKey = keyof TransactionBudget;

export interface Limits {
  transaction: TransactionBudget;
  /** Bytes of one document. */
  documentBytes: number;
  /** Bytes of a function's arguments, and of its result. */
  functionBytes: number;
  scheduledArgsBytes: number;
  callDepth: number;
  /**
   * CPU time of a query or mutation spent in user code. Production allows 1 s; a development machine
   * gets more.
   */
  userTimeMs: number;
  concurrentQueries: number;
  concurrentMutations: number;
  concurrentScheduled: number;
  concurrentActions: number;
  /** Retries after a conflict before a client's mutation is refused. */
  conflictRetries: number;
  /** Queued mutations on one socket. */
  queuedMutations: number;
}

const MiB = 1024 * 1024;

/** The limits of Convex's S16 class. */
export const DEFAULT_LIMITS: Limits = {
  transaction: {
    bytesRead: 16 * MiB,
    bytesWritten: 16 * MiB,
    databaseQueries: 4096,
    documentsRead: 32_000,
    documentsWritten: 16_000,
    functionsScheduled: 1000,
    scheduledFunctionArgsBytes: 16 * MiB,
    filesWritten: 128,
    fileWriteBytes: 16 * MiB,
    filesRead: 128,
    fileReadBytes: 16 * MiB,
  },
  documentBytes: MiB,
  functionBytes: 16 * MiB,
  scheduledArgsBytes: 4 * MiB,
  callDepth: 8,
  userTimeMs: 4000,
  concurrentQueries: 16,
  concurrentMutations: 16,
  concurrentScheduled: 8,
  concurrentActions: 64,
  conflictRetries: 4,
  queuedMutations: 1000,
};

/** A refusal that running the function again would repeat: it reaches user code as an error. */
export class DeveloperError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const REFUSALS: Record<BudgetKey, { code: string; text: (limit: number) => string }> = {
  bytesRead: {
    code: "TooManyBytesRead",
    text: (n) => `Too many bytes read in a single function execution (limit: ${n} bytes)`,
  },
  documentsRead: {
    code: "TooManyDocumentsRead",
    text: (n) => `Too many documents read in a single function execution (limit: ${n})`,
  },
  databaseQueries: {
    code: "TooManyReads",
    text: (n) => `Too many reads in a single function execution (limit: ${n})`,
  },
  bytesWritten: {
    code: "TooManyBytesWritten",
    text: (n) => `Too many bytes written in a single function execution (limit: ${n} bytes)`,
  },
  documentsWritten: {
    code: "TooManyWrites",
    text: (n) => `Too many writes in a single function execution (limit: ${n})`,
  },
  functionsScheduled: {
    code: "TooManyFunctionsScheduled",
    text: (n) => `Too many functions scheduled by this mutation (limit: ${n})`,
  },
  scheduledFunctionArgsBytes: {
    code: "ScheduledFunctionsArgumentsTooLarge",
    text: (n) => `Arguments of scheduled functions are too large (limit: ${n} bytes)`,
  },
  filesWritten: {
    code: "TooManyFilesWritten",
    text: (n) => `Too many files written (limit: ${n})`,
  },
  fileWriteBytes: {
    code: "TooManyFileBytesWritten",
    text: (n) => `Too many file bytes written (limit: ${n} bytes)`,
  },
  filesRead: { code: "TooManyFilesRead", text: (n) => `Too many files read (limit: ${n})` },
  fileReadBytes: {
    code: "TooManyFileBytesRead",
    text: (n) => `Too many file bytes read (limit: ${n} bytes)`,
  },
};

/** What a transaction has used, and the ceilings in force (a nested call may lower them). */
export class Usage {
  readonly used: TransactionBudget = {
    bytesRead: 0,
    bytesWritten: 0,
    databaseQueries: 0,
    documentsRead: 0,
    documentsWritten: 0,
    functionsScheduled: 0,
    scheduledFunctionArgsBytes: 0,
    filesWritten: 0,
    fileWriteBytes: 0,
    filesRead: 0,
    fileReadBytes: 0,
  };

  constructor(public ceiling: TransactionBudget) {}

  /** Adds to a counter; throws once the ceiling is passed (and on every later use of it). */
  add(key: BudgetKey, amount: number): void {
    this.used[key] += amount;
    if (this.used[key] > this.ceiling[key]) {
      const { code, text } = REFUSALS[key];
      throw new DeveloperError(code, `${text(this.ceiling[key])}. [${code}]`);
    }
  }

  /** Ceilings for a nested call: its budget counts from what is used now and never exceeds the caller's. */
  nested(budget: Partial<TransactionBudget> | undefined): TransactionBudget {
    const ceiling = { ...this.ceiling };
    for (const key of Object.keys(budget ?? {}) as BudgetKey[]) {
      if (key in ceiling)
        ceiling[key] = Math.min(ceiling[key], this.used[key] + (budget![key] ?? Infinity));
    }
    return ceiling;
  }

  metrics(): Record<BudgetKey, { used: number; remaining: number }> {
    const out = {} as Record<BudgetKey, { used: number; remaining: number }>;
    for (const key of Object.keys(this.used) as BudgetKey[]) {
      const used = this.used[key];
      out[key] = { used, remaining: Math.max(0, this.ceiling[key] - used) };
    }
    return out;
  }
}

/** Defaults overlaid with what the caller set. */
export function withDefaults(limits: PartialLimits | undefined): Limits {
  return {
    ...DEFAULT_LIMITS,
    ...limits,
    transaction: { ...DEFAULT_LIMITS.transaction, ...limits?.transaction },
  };
}

export type PartialLimits = Partial<Omit<Limits, "transaction">> & {
  transaction?: Partial<TransactionBudget>;
};
