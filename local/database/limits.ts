/**
 * The limits that Convex enforces on a transaction, with a name for every refusal, so that code that
 * runs here fails where production would fail. All of them can be changed per backend, for tests.
 */
import type { ShapeLimits } from "../values/json.js";

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
  /** Time of a query or mutation spent in user code, evaluation of modules included. */
  userTimeMs: number;
  /** What counts as that time: work of the process, or all that passes on the clock. */
  userClock: "cpu" | "wall";
  /** Whether nested calls use their caller's time, or have as much of their own. */
  nestedTime: "shared" | "separate";
  /** What a query or mutation may hold at once; null where that is not looked at. */
  heapBytes: number | null;
  /** Whether every call gets a new context, with modules compiled and evaluated anew. */
  coldContexts: boolean;
  /** What arguments and results may look like; null for any shape. */
  valueShape: ShapeLimits | null;
  /** How long a query, a mutation or a client's action waits for a slot before it is refused. */
  slotWaitMs: number;
  /** Whether scheduled work keeps its slot while it waits to be retried after a conflict. */
  holdsSlotInBackoff: boolean;
  /** Bytes that commits may write within a second before mutations are refused, keys of indexes included. */
  writtenBytesPerSecond: number;
  /** Subscriptions that one commit may make stale before each is told at a random time. */
  toldAtOnce: number;
  /** Whether clients get no console output, and nothing of an error but the data of a ConvexError. */
  redacted: boolean;
  concurrentQueries: number;
  concurrentMutations: number;
  concurrentScheduled: number;
  concurrentActions: number;
  /** Retries after a conflict before a client's mutation is refused. */
  conflictRetries: number;
  /** Queued mutations on one socket. */
  queuedMutations: number;
  /** How long a `get`, or the first document of a query, takes to arrive. Reads that are issued together wait together. */
  readLatencyMs: number;
}

const MiB = 1024 * 1024;

/** The limits of Convex's S16 class, gentler where a development machine is slower or wants speed. */
export const RELAXED_LIMITS: Limits = {
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
  userClock: "cpu",
  nestedTime: "shared",
  heapBytes: null,
  coldContexts: false,
  valueShape: null,
  slotWaitMs: Infinity,
  holdsSlotInBackoff: false,
  writtenBytesPerSecond: Infinity,
  toldAtOnce: Infinity,
  redacted: false,
  concurrentQueries: 16,
  concurrentMutations: 16,
  concurrentScheduled: 8,
  concurrentActions: 64,
  conflictRetries: 4,
  queuedMutations: 1000,
  readLatencyMs: 0,
};

/** How strict a backend is: as a development machine likes it, or as Convex is. */
export type Profile = "relaxed" | "production";

export const DEFAULT_PROFILE: Profile = "production";

/** Whether a word of a command line is a profile's name. */
export function isProfile(text: string): text is Profile {
  return Object.hasOwn(PROFILES, text);
}

const PROFILES: Record<Profile, Limits> = {
  relaxed: RELAXED_LIMITS,
  production: {
    ...RELAXED_LIMITS,
    userTimeMs: 1000,
    userClock: "wall",
    heapBytes: 64 * MiB,
    coldContexts: true,
    valueShape: { depthMax: 64, arrayMax: 8192, fieldsMax: 1024 },
    slotWaitMs: 5000,
    holdsSlotInBackoff: true,
    writtenBytesPerSecond: 4 * MiB,
    toldAtOnce: 200,
    redacted: true,
  },
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

/** The limits of a profile, overlaid with what the caller set. */
export function limitsOf(profile: Profile, limits: PartialLimits | undefined): Limits {
  const base = PROFILES[profile];
  return { ...base, ...limits, transaction: { ...base.transaction, ...limits?.transaction } };
}

/** Limits as a command line gives them: JSON with some of the names of `Limits`. */
export function parseLimits(text: string): PartialLimits {
  const given: unknown = JSON.parse(text);
  if (typeof given !== "object" || given === null) throw new Error("Limits are a JSON object");
  for (const [name, value] of Object.entries(given)) {
    const known: unknown = Object.hasOwn(RELAXED_LIMITS, name)
      ? RELAXED_LIMITS[name as keyof Limits]
      : undefined;
    // Those that may be null are null there.
    if (known !== null && typeof value !== typeof known)
      throw new Error(`There is no limit "${name}" of the type ${typeof value}`);
  }
  return given as PartialLimits;
}

export type PartialLimits = Partial<Omit<Limits, "transaction">> & {
  transaction?: Partial<TransactionBudget>;
};
